#pragma once

#include <string>

#include "server/base/random.h"
#include "services/connector/object_store.h"
#include "tests/simulation/buckets.h"
#include "tests/simulation/knobs.h"

namespace segue::simulation {

// The object store as one server sees it: between it and the buckets, things take their time and go
// wrong.
//
// Fault model. A call to any bucket but kSteadyBucket may fail with Unavailable: before anything is
// done, after it was done (its answer is lost), or when no answer has come for a minute. A call
// that is cancelled ends at once; what it was to write is written or not. Cut: the server has
// crashed; what was on its way is written or not, and the server gets nothing but errors from now
// on.
class FaultObjects final : public services::ObjectStore {
 public:
  struct World {
    Buckets& buckets;
    Random& random;
    const Faults& faults;
    Plant plant = Plant::kNone;
  };
  explicit FaultObjects(const World& world) : world_(world) {}

  // The server has crashed.
  void Cut() { cut_ = true; }

  async::Task<absl::StatusOr<std::string>> Get(services::ObjectName name, async::Executor& executor,
                                               async::CancelToken cancel) override;
  async::Task<absl::StatusOr<services::ObjectPage>> List(ListRequest request,
                                                         async::Executor& executor,
                                                         async::CancelToken cancel) override;
  async::Task<absl::Status> Put(services::ObjectName name, std::string body,
                                async::Executor& executor, async::CancelToken cancel) override;

 private:
  enum class Fate { kDone, kRefused, kAnswerLost, kNoAnswer };
  // One call: what becomes of it, and how long it is under way to the bucket and back.
  struct Call {
    Fate fate = Fate::kDone;
    absl::Duration there;
    absl::Duration back;
  };
  Call DrawCall(const std::string& bucket);
  void Write(const services::ObjectName& name, std::string body);
  // Whether the call goes on, at its bucket.
  async::Task<bool> Reach(Call call, async::Executor& executor, async::CancelToken cancel);
  // What it is answered.
  async::Task<absl::Status> Answer(Call call, async::Executor& executor, async::CancelToken cancel);

  const World world_;
  bool cut_ = false;
  int64_t writes_ = 0;
};

}  // namespace segue::simulation
