#pragma once

#include <optional>
#include <utility>

#include "server/async/executor.h"
#include "server/async/one_shot.h"
#include "server/async/task.h"

namespace segue::async {

namespace internal {

// A coroutine that starts on the thread that calls it, and owns itself.
struct FireAndForget {
  struct promise_type {
    FireAndForget get_return_object() noexcept { return {}; }
    std::suspend_never initial_suspend() noexcept { return {}; }
    std::suspend_never final_suspend() noexcept { return {}; }
    void return_void() noexcept {}
    [[noreturn]] void unhandled_exception() noexcept { std::terminate(); }
  };
};

template <typename T>
FireAndForget RunThenPost(Task<T> task, Executor* home, OneShot<T>* done) {
  T value = co_await std::move(task);
  home->Post([done, value = std::move(value)]() mutable { done->Set(std::move(value)); });
}

}  // namespace internal

// Runs `task` on `target`'s thread and resumes the caller on `home`, its own. Without a hop where
// they are one. The caller must stay until the value comes: nothing on the way is cancelled.
template <typename T>
Task<T> RunOn(Executor& target, Executor& home, Task<T> task) {
  if (target.IsCurrent()) co_return co_await std::move(task);
  OneShot<T> done;
  target.Post([task = std::move(task), home = &home, done = &done]() mutable {
    internal::RunThenPost(std::move(task), home, done);
  });
  co_return co_await done;
}

}  // namespace segue::async
