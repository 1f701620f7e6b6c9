#include "tests/simulation/timeline.h"

#include <algorithm>

#include "server/async/one_shot.h"

namespace segue::simulation {

Timeline::Timeline(const Options& options)
    : random_(options.seed),
      now_(options.now),
      late_max_(options.late_max),
      tick_(options.tick),
      trace_(options.trace) {}

Timeline::~Timeline() = default;

std::unique_ptr<Loop> Timeline::MakeLoop() { return std::make_unique<Loop>(this); }

void Timeline::Add(Loop* loop) { loops_.push_back(loop); }

void Timeline::Remove(Loop* loop) { std::erase(loops_, loop); }

absl::Time Timeline::Due(absl::Time time) {
  const int64_t max = absl::ToInt64Nanoseconds(late_max_);
  const absl::Time late = time + absl::Nanoseconds(random_.Below(static_cast<uint64_t>(max) + 1));
  return absl::UnixEpoch() + absl::Ceil(late - absl::UnixEpoch(), tick_);
}

bool Timeline::Step() {
  std::vector<size_t> ready;
  for (size_t i = 0; i < loops_.size(); ++i) {
    if (loops_[i]->ready()) ready.push_back(i);
  }
  if (ready.empty()) return false;
  const size_t chosen = ready[random_.Below(ready.size())];
  if (trace_ != nullptr) trace_->Mix(chosen);
  ++steps_;
  ++steps_at_once_;
  current_ = loops_[chosen];
  loops_[chosen]->Step(random_);
  current_ = nullptr;
  return true;
}

bool Timeline::Jump(absl::Time until) {
  std::optional<absl::Time> next;
  for (const Loop* loop : loops_) {
    const std::optional<absl::Time> timer = loop->next_timer();
    if (timer && (!next || *timer < *next)) next = timer;
  }
  if (!next || *next > until) return false;
  // The clock counts whole nanoseconds, as real ones do.
  const absl::Time floor = absl::FromUnixNanos(absl::ToUnixNanos(*next));
  now_ = std::max(now_, floor < *next ? floor + absl::Nanoseconds(1) : floor);
  if (trace_ != nullptr) trace_->Mix(static_cast<uint64_t>(absl::ToUnixNanos(now_)));
  steps_at_once_ = 0;
  return true;
}

Loop::Loop(Timeline* timeline) : timeline_(timeline) { timeline_->Add(this); }

Loop::~Loop() { timeline_->Remove(this); }

async::TimerId Loop::At(absl::Time time, async::Callback callback) {
  const async::TimerId id(++timers_made_);
  const absl::Time due = timeline_->Due(time);
  timers_.emplace(std::pair(due, id), std::move(callback));
  timer_times_.emplace(id, due);
  return id;
}

void Loop::Cancel(async::TimerId timer) {
  const auto found = timer_times_.find(timer);
  if (found == timer_times_.end()) return;
  timers_.erase({found->second, timer});
  timer_times_.erase(found);
}

void Loop::MoveTo(Timeline* timeline) {
  timeline_->Remove(this);
  timeline_ = timeline;
  timeline_->Add(this);
}

void Loop::Clear() {
  // What is dropped may hold what posts or cancels as it goes.
  const auto batch = std::exchange(batch_, {});
  const auto posted = std::exchange(posted_, {});
  const auto timers = std::exchange(timers_, {});
  timer_times_.clear();
}

bool Loop::ready() const {
  if (in_turn_ || !posted_.empty()) return true;
  return !timers_.empty() && timers_.begin()->first.first <= timeline_->Now();
}

std::optional<absl::Time> Loop::next_timer() const {
  if (timers_.empty()) return std::nullopt;
  return timers_.begin()->first.first;
}

void Loop::BeginTurn(Random& random) {
  in_turn_ = true;
  size_t count = posted_.size();
  // What another thread posts may come a moment later, in the next turn.
  if (count > 1 && random.Below(4) == 0) count = 1 + random.Below(count);
  for (; count > 0; --count) {
    batch_.push_back(std::move(posted_.front()));
    posted_.pop_front();
  }
}

void Loop::Step(Random& random) {
  if (!in_turn_) BeginTurn(random);
  if (!batch_.empty()) {
    async::Callback callback = std::move(batch_.front());
    batch_.pop_front();
    callback();
    return;
  }
  if (!timers_.empty() && timers_.begin()->first.first <= Now()) {
    auto node = timers_.extract(timers_.begin());
    timer_times_.erase(node.key().second);
    node.mapped()();
    return;
  }
  in_turn_ = false;
  if (turn_end_) turn_end_();
}

async::Task<void> Sleep(absl::Duration duration, async::Executor& executor) {
  if (duration == absl::ZeroDuration()) co_return;
  async::OneShot<bool> over;
  executor.At(executor.Now() + duration, [&over] { over.Set(true); });
  co_await over;
}

}  // namespace segue::simulation
