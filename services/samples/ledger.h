#pragma once

#include <cstdint>
#include <fstream>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/synchronization/mutex.h"

namespace segue::samples {

// What came to the sample services: every call, and what each idempotency key was answered, so that
// a repeat gets the same answer and does nothing again.
//
// Threads: any.
class Ledger {
 public:
  struct Call {
    std::string service;
    std::string method;
    std::string key;  // idempotency key; empty: none came
    std::string execution_id;
  };
  struct Answer {
    int code = 0;  // 0: success; else the service's own error code
    std::string body;
  };

  // Calls are appended to `file` as JSON lines; "" keeps them in memory alone.
  explicit Ledger(const std::string& file);

  // The answer that this key got before; or that of `work`, which is then remembered if it
  // succeeded: what failed may be tried again.
  Answer Once(const Call& call, const std::function<Answer()>& work);

  // All calls, as JSON lines {"time_us","service","method","key","execution_id","repeat","code"}.
  std::string Text() const;

 private:
  void Record(const Call& call, int code, const char* repeat) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  mutable absl::Mutex mutex_;
  absl::flat_hash_map<std::string, Answer> answers_ ABSL_GUARDED_BY(mutex_);
  std::string lines_ ABSL_GUARDED_BY(mutex_);
  std::ofstream file_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace segue::samples
