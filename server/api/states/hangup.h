#pragma once

#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/functional/any_invocable.h"
#include "server/base/mutex.h"

namespace segue::api::states {

// Tells that the other side of a connection has gone while its request was being served.
//
// Threads: any.
class Hangup {
 public:
  // Calls `callback` then, on the connection's thread: at once where that has happened.
  void OnGone(absl::AnyInvocable<void()> callback) {
    {
      MutexLock lock(&mutex_);
      if (!gone_) {
        callback_ = std::move(callback);
        return;
      }
    }
    callback();
  }

  void Tell() {
    absl::AnyInvocable<void()> callback;
    {
      MutexLock lock(&mutex_);
      gone_ = true;
      callback = std::exchange(callback_, nullptr);
    }
    if (callback) callback();
  }

 private:
  Mutex mutex_;
  bool gone_ ABSL_GUARDED_BY(mutex_) = false;
  absl::AnyInvocable<void()> callback_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace segue::api::states
