#pragma once

#include <atomic>
#include <cstdint>

#include "server/async/executor.h"
#include "server/observability/log.h"

namespace segue::process {

// Watches the process's resident memory: `full` is true while it is above the bound. What was freed
// is given back to the system then, so that it comes below again.
//
// Threads: Start and its timer on the executor's; `full` any. Outlives the executor's loop.
class MemoryWatch {
 public:
  // `bytes_max` 0: no bound.
  MemoryWatch(int64_t bytes_max, observability::Log& log) : bytes_max_(bytes_max), log_(log) {}

  void Start(async::Executor& executor);
  const std::atomic<bool>& full() const { return full_; }

 private:
  void Look(async::Executor& executor);

  const int64_t bytes_max_;
  observability::Log& log_;
  std::atomic<bool> full_ = false;
};

}  // namespace segue::process
