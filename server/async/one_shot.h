#pragma once

#include <coroutine>
#include <optional>
#include <utility>

#include "server/base/check.h"

namespace segue::async {

// A value that one coroutine waits for and somebody sets, once. Set before or after the wait.
//
// Threads: one, its executor's; who sets it from another thread posts there first.
// Ownership: lives where both sides can reach it, usually in the waiting coroutine's frame.
template <typename T>
class OneShot {
 public:
  OneShot() = default;
  OneShot(const OneShot&) = delete;
  OneShot& operator=(const OneShot&) = delete;

  bool is_set() const { return value_.has_value(); }

  // Resumes the waiter inside the call, where there is one.
  void Set(T value) {
    SEGUE_CHECK(!value_.has_value());
    value_.emplace(std::move(value));
    if (waiter_) std::exchange(waiter_, nullptr).resume();
  }

  bool await_ready() const noexcept { return value_.has_value(); }
  void await_suspend(std::coroutine_handle<> waiter) noexcept { waiter_ = waiter; }
  T await_resume() { return *std::move(value_); }

 private:
  std::optional<T> value_;
  std::coroutine_handle<> waiter_;
};

}  // namespace segue::async
