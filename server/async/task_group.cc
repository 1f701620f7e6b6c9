#include "server/async/task_group.h"

#include <exception>
#include <utility>

#include "server/base/check.h"

namespace segue::async {

// Known to its group as long as it runs.
struct TaskGroup::Running : Link {
  explicit Running(Link& ring) {
    before = ring.before;
    after = &ring;
    before->after = this;
    ring.before = this;
  }
  ~Running() {
    before->after = after;
    after->before = before;
  }
  std::coroutine_handle<> frame;
};

// A coroutine that owns itself: it starts at once and frees its frame at its end.
struct TaskGroup::Detached {
  struct promise_type : Running {
    promise_type(TaskGroup* group, Task<void>&) : Running(group->running_) {
      frame = std::coroutine_handle<promise_type>::from_promise(*this);
    }
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

void TaskGroup::ThrowAway() {
  while (running_.before != &running_) {
    // It leaves the ring with its frame.
    static_cast<Running*>(running_.before)->frame.destroy();
    --size_;
  }
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
