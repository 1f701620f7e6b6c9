#include "tests/support/manual_executor.h"

#include <algorithm>
#include <chrono>

namespace segue::testing {

ManualExecutor::ManualExecutor(absl::Time now) : thread_(std::this_thread::get_id()), now_(now) {}

void ManualExecutor::RunUntilIdle() {
  thread_ = std::this_thread::get_id();
  while (Turn()) {
  }
}

bool ManualExecutor::RunUntil(absl::FunctionRef<bool()> condition, absl::Duration patience) {
  thread_ = std::this_thread::get_id();
  const auto deadline = std::chrono::steady_clock::now() + absl::ToChronoNanoseconds(patience);
  while (!condition()) {
    if (Turn()) continue;
    std::unique_lock lock(mutex_);
    if (!posted_some_.wait_until(lock, deadline, [this] { return !posted_.empty(); })) return false;
  }
  return true;
}

void ManualExecutor::Advance(absl::Duration duration) {
  const absl::Time until = now_ + duration;
  RunUntilIdle();
  while (!timers_.empty() && timers_.begin()->first.first <= until) {
    now_ = std::max(now_, timers_.begin()->first.first);
    RunUntilIdle();
  }
  now_ = until;
}

bool ManualExecutor::Step() {
  thread_ = std::this_thread::get_id();
  if (Turn()) return true;
  if (timers_.empty()) return false;
  now_ = std::max(now_, timers_.begin()->first.first);
  return true;
}

void ManualExecutor::Post(async::Callback callback) {
  // Notified under the lock: once the callback is seen, the executor may be gone.
  const std::lock_guard lock(mutex_);
  posted_.push_back(std::move(callback));
  posted_some_.notify_one();
}

async::TimerId ManualExecutor::At(absl::Time time, async::Callback callback) {
  const async::TimerId timer(++timers_made_);
  timers_.emplace(std::make_pair(time, timer), std::move(callback));
  return timer;
}

void ManualExecutor::Cancel(async::TimerId timer) {
  std::erase_if(timers_, [timer](const auto& entry) { return entry.first.second == timer; });
}

bool ManualExecutor::Turn() {
  std::vector<async::Callback> ready;
  {
    const std::lock_guard lock(mutex_);
    ready.swap(posted_);
  }
  bool did_something = !ready.empty();
  for (async::Callback& callback : ready) callback();
  while (!timers_.empty() && timers_.begin()->first.first <= now_) {
    did_something = true;
    async::Callback callback = std::move(timers_.begin()->second);
    timers_.erase(timers_.begin());
    callback();
  }
  if (did_something && turn_end_) turn_end_();
  return did_something;
}

}  // namespace segue::testing
