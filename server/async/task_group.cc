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
  ~Running() { Leave(); }
  void Leave() {
    before->after = after;
    after->before = before;
    before = after = this;
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

namespace {

// Lets the coroutine leave its group's ring: the group may be gone before the frame is.
struct LeaveRing {
  bool await_ready() const noexcept { return false; }
  template <typename Promise>
  bool await_suspend(std::coroutine_handle<Promise> self) const noexcept {
    self.promise().Leave();
    return false;
  }
  void await_resume() const noexcept {}
};

}  // namespace

TaskGroup::~TaskGroup() { SEGUE_CHECK(size_ == 0); }

TaskGroup::Detached TaskGroup::Run(TaskGroup* group, Task<void> task) {
  co_await std::move(task);
  co_await LeaveRing();
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
