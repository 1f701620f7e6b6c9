#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/base/json.h"
#include "server/base/mutex.h"
#include "server/base/random.h"

namespace segue::samples {

// How badly a service behaves.
struct Behaviour {
  absl::Duration latency_min = absl::ZeroDuration();
  absl::Duration latency_max = absl::ZeroDuration();  // uniform between the two
  double failure_rate = 0;  // of calls, 0 to 1: turned away before any work, with failure_code
  absl::StatusCode failure_code = absl::StatusCode::kUnavailable;
  int fail_first = 0;    // so many calls of each idempotency key fail before one is let through
  double lost_rate = 0;  // of calls: the work is done, but the answer is lost (UNAVAILABLE)
  double push_back_rate = 0;  // of calls: turned away as too many, to come again after this time
  absl::Duration retry_after = absl::Seconds(1);
};

// From {"latency_ms": n or [min, max], "failure_rate", "failure_code": "INTERNAL", "fail_first",
// "lost_rate", "push_back_rate", "retry_after_ms"}; what is left out is as in a new Behaviour.
// InvalidArgument says what is wrong.
absl::StatusOr<Behaviour> ReadBehaviour(const Json& json);
Json ToJson(const Behaviour& behaviour);

// The code of this name ("UNAVAILABLE"); nullopt: there is none.
std::optional<absl::StatusCode> CodeNamed(std::string_view name);

// The behaviour of each service, which may be changed while they run, and how much they have to do.
// Every service has a generator of its own, so that its fates do not depend on the others' calls.
//
// Threads: any.
class Switches {
 public:
  explicit Switches(uint64_t seed) : seed_(seed) {}

  void Set(const std::string& service, const Behaviour& behaviour);

  // What a call meets.
  struct Fate {
    absl::Duration latency;
    enum class Outcome { kWorks, kFails, kLosesAnswer, kPushesBack } outcome = Outcome::kWorks;
    absl::StatusCode code = absl::StatusCode::kUnavailable;  // of kFails
    absl::Duration retry_after;                              // of kPushesBack
  };
  // Begins a call; each takes one End. `key` is its idempotency key.
  Fate Begin(const std::string& service, const std::string& key);
  void End(const std::string& service);

  struct State {
    Behaviour behaviour;
    int64_t calls = 0;
    int64_t in_flight = 0;
    int64_t in_flight_max = 0;  // since the start, or the last ResetCounts
  };
  // Of every service that was set or called.
  std::map<std::string, State> Read() const;
  void ResetCounts();

 private:
  struct Service {
    explicit Service(uint64_t seed) : random(seed) {}
    State state;
    Random random;
    absl::flat_hash_map<std::string, int> failed_of_key;
  };
  Service& Find(const std::string& service) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const uint64_t seed_;
  mutable Mutex mutex_;
  std::map<std::string, Service> services_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace segue::samples
