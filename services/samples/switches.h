#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "server/base/json.h"
#include "server/base/random.h"

namespace segue::samples {

// How badly a service behaves.
struct Behaviour {
  absl::Duration latency_min = absl::ZeroDuration();
  absl::Duration latency_max = absl::ZeroDuration();
  double failure_rate = 0;  // of calls, 0 to 1: UNAVAILABLE, or 503
  double lost_rate = 0;     // of calls that did their work: the answer is lost (also UNAVAILABLE)
};

// The behaviour of each service; changed while they run (PUT /switches/<service>).
//
// Threads: any.
class Switches {
 public:
  explicit Switches(uint64_t seed) : random_(seed) {}

  // From {"latency_ms": [min, max], "failure_rate": x, "lost_rate": x}; InvalidArgument says what
  // is wrong.
  absl::Status Set(const std::string& service, const Json& behaviour);

  // What the next call of the service meets.
  struct Fate {
    absl::Duration latency;
    enum class Outcome { kWorks, kFails, kLosesAnswer } outcome = Outcome::kWorks;
  };
  Fate Draw(const std::string& service);

 private:
  absl::Mutex mutex_;
  Random random_ ABSL_GUARDED_BY(mutex_);
  std::map<std::string, Behaviour> behaviours_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace segue::samples
