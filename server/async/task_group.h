#pragma once

#include <coroutine>
#include <cstddef>

#include "absl/functional/any_invocable.h"
#include "server/async/task.h"

namespace segue::async {

// The detached coroutines of one owner. Spawn starts one at once; Drained tells when the last has
// ended, so that shutdown can wait for them.
//
// Threads: one. Ownership: outlives what it runs; destroying it with tasks inside is a bug
// (SEGUE_CHECK), unless they were thrown away.
class TaskGroup {
 public:
  TaskGroup() = default;
  TaskGroup(const TaskGroup&) = delete;
  TaskGroup& operator=(const TaskGroup&) = delete;
  ~TaskGroup();

  void Spawn(Task<void> task);

  size_t size() const { return size_; }

  // Throws away the tasks that are left, where they stand: what their frames hold is destroyed.
  // For the end of a world: nothing may resume them any more.
  void ThrowAway();

  // Calls `drained` when no task is left: at once where there is none now.
  void WhenDrained(absl::AnyInvocable<void()> drained);

 private:
  struct Detached;
  // A task that runs: a link of a ring that begins and ends here.
  struct Link {
    Link* before = this;
    Link* after = this;
  };
  struct Running;
  static Detached Run(TaskGroup* group, Task<void> task);
  void Ended();

  Link running_;
  size_t size_ = 0;
  absl::AnyInvocable<void()> drained_;
};

}  // namespace segue::async
