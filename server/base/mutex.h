#pragma once

#include <mutex>  // lint: allow(purity): the lock itself; who is pure has none

#include "absl/base/thread_annotations.h"

// Where a member is guarded by a lock, Clang checks that it is held.
#pragma clang diagnostic error "-Wthread-safety"

namespace segue {

// The lock of the server and its services: std::mutex, with Clang's thread-safety annotations.
//
// Not Mutex: Debian's Abseil is not instrumented, so that ThreadSanitizer would not see what
// it orders, and would report races that are none (tests/support/tsan.supp).
class ABSL_LOCKABLE Mutex {
 public:
  Mutex() = default;
  Mutex(const Mutex&) = delete;
  Mutex& operator=(const Mutex&) = delete;

  void Lock() ABSL_EXCLUSIVE_LOCK_FUNCTION() { mutex_.lock(); }
  void Unlock() ABSL_UNLOCK_FUNCTION() { mutex_.unlock(); }

 private:
  std::mutex mutex_;  // lint: allow(purity): the lock itself
};

// Holds it for the length of a block. Never across co_await.
class ABSL_SCOPED_LOCKABLE MutexLock {
 public:
  explicit MutexLock(Mutex* mutex) ABSL_EXCLUSIVE_LOCK_FUNCTION(mutex) : mutex_(mutex) {
    mutex_->Lock();
  }
  ~MutexLock() ABSL_UNLOCK_FUNCTION() { mutex_->Unlock(); }
  MutexLock(const MutexLock&) = delete;
  MutexLock& operator=(const MutexLock&) = delete;

 private:
  Mutex* const mutex_;
};

}  // namespace segue
