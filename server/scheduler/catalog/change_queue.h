#pragma once

#include <deque>
#include <utility>

#include "server/async/executor.h"
#include "server/async/one_shot.h"
#include "server/async/task.h"

namespace segue::scheduler {

// Lets changes of one thing happen one after the other, though each waits for the store: Begin
// comes back when those before have ended.
//
// Threads: the executor's. Its length is bounded by the requests under way.
class ChangeQueue {
 public:
  explicit ChangeQueue(async::Executor& executor) : executor_(executor) {}

  async::Task<void> Begin() {
    if (!std::exchange(changing_, true)) co_return;
    async::OneShot<bool> turn;
    waiting_.push_back(&turn);
    co_await turn;
  }

  void End() {
    changing_ = !waiting_.empty();
    if (!changing_) return;
    async::OneShot<bool>* next = waiting_.front();
    waiting_.pop_front();
    executor_.Post([next] { next->Set(true); });
  }

 private:
  async::Executor& executor_;
  bool changing_ = false;
  std::deque<async::OneShot<bool>*> waiting_;
};

}  // namespace segue::scheduler
