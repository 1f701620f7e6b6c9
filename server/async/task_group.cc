#include "server/async/task_group.h"

#include <exception>
#include <utility>

#include "server/base/check.h"

namespace segue::async {

// A coroutine that owns itself: it starts at once and frees its frame at its end.
struct TaskGroup::Detached {
  struct promise_type {
    Detached get_return_object() noexcept { return {}; }
    std::suspend_never initial_suspend() noexcept { return {}; }
    std::suspend_never final_suspend() noexcept { return {}; }
    void return_void() noexcept {}
    [[noreturn]] void unhandled_exception() noexcept { std::terminate(); }
  };
};

TaskGroup::~TaskGroup() { SEGUE_CHECK(size_ == 0); }

TaskGroup::Detached TaskGroup::Run(TaskGroup* group, Task<void> task) {
  co_await std::move(task);
  group->Ended();
}

void TaskGroup::Spawn(Task<void> task) {
  ++size_;
  Run(this, std::move(task));
}

void TaskGroup::WhenDrained(absl::AnyInvocable<void()> drained) {
  if (size_ == 0) {
    drained();
    return;
  }
  drained_ = std::move(drained);
}

void TaskGroup::Ended() {
  if (--size_ == 0 && drained_) std::exchange(drained_, nullptr)();
}

}  // namespace segue::async
