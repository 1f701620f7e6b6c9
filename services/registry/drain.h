#pragma once

#include <atomic>
#include <cstdint>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "server/async/executor.h"
#include "server/base/mutex.h"

namespace segue::services {

// Counts the calls under way and shuts the door behind them.
//
// Threads: any.
class Drain {
 public:
  // No call begins from now on.
  void Stop() { stopped_.store(true); }
  bool stopped() const { return stopped_.load(); }

  // A call begins; false where none may any more. Each Enter that succeeded has its Leave.
  [[nodiscard]] bool Enter();
  void Leave();
  int64_t under_way() const { return under_way_.load(); }

  // Posts `callback` to `executor` as soon as no call is under way. Requires Stop.
  void WhenQuiet(async::Executor& executor, async::Callback callback);

 private:
  struct Waiter {
    async::Executor* executor;
    async::Callback callback;
  };
  void TellIfQuiet();

  std::atomic<bool> stopped_{false};
  std::atomic<int64_t> under_way_{0};
  Mutex mutex_;
  std::vector<Waiter> waiters_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace segue::services
