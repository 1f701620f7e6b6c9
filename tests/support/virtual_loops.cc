#include "tests/support/virtual_loops.h"

#include <algorithm>
#include <deque>

#include "server/base/check.h"

namespace segue::testing {

class VirtualLoops::Loop final : public async::Executor {
 public:
  explicit Loop(VirtualLoops* owner) : owner_(owner) {}

  void Post(async::Callback callback) override { posted_.push_back(std::move(callback)); }
  bool IsCurrent() const override { return owner_->current_ == this; }
  absl::Time Now() const override {
    SEGUE_CHECK(IsCurrent());
    return owner_->now_;
  }
  async::TimerId At(absl::Time time, async::Callback callback) override {
    SEGUE_CHECK(IsCurrent());
    const int64_t late_max = absl::ToInt64Nanoseconds(owner_->late_max_);
    const absl::Duration late = absl::Nanoseconds(owner_->random_.Below(late_max + 1));
    const async::TimerId id(++timers_made_);
    timers_.emplace(std::pair(time + late, id), std::move(callback));
    return id;
  }
  // Also where no thread runs: whoever is destroyed then lets its timers go.
  void Cancel(async::TimerId timer) override {
    SEGUE_CHECK(IsCurrent() || owner_->current_ == nullptr);
    std::erase_if(timers_, [timer](const auto& entry) { return entry.first.second == timer; });
  }
  void SetTurnEndHook(async::Callback hook) override { turn_end_ = std::move(hook); }
  void EndTurn() {
    if (turn_end_) turn_end_();
  }

  bool ready() const {
    return !posted_.empty() || (!timers_.empty() && timers_.begin()->first.first <= owner_->now_);
  }
  // Requires ready().
  async::Callback TakeReady() {
    async::Callback callback;
    if (!posted_.empty()) {
      callback = std::move(posted_.front());
      posted_.pop_front();
    } else {
      callback = std::move(timers_.begin()->second);
      timers_.erase(timers_.begin());
    }
    return callback;
  }
  std::optional<absl::Time> next_timer() const {
    if (timers_.empty()) return std::nullopt;
    return timers_.begin()->first.first;
  }
  size_t timers_set() const { return timers_.size(); }

 private:
  VirtualLoops* owner_;
  async::Callback turn_end_;
  std::deque<async::Callback> posted_;
  std::map<std::pair<absl::Time, async::TimerId>, async::Callback> timers_;
  uint64_t timers_made_ = 0;
};

VirtualLoops::VirtualLoops(Options options) : late_max_(options.late_max), random_(options.seed) {
  for (size_t i = 0; i < options.loops; ++i) loops_.push_back(std::make_unique<Loop>(this));
}

VirtualLoops::~VirtualLoops() = default;

async::Executor& VirtualLoops::loop(size_t index) { return *loops_[index]; }

void VirtualLoops::On(size_t index, absl::FunctionRef<void()> body) {
  const Loop* before = std::exchange(current_, loops_[index].get());
  body();
  current_ = before;
}

bool VirtualLoops::RunOne() {
  std::vector<size_t> ready;
  for (size_t i = 0; i < loops_.size(); ++i) {
    if (loops_[i]->ready()) ready.push_back(i);
  }
  if (ready.empty()) return false;
  const size_t chosen = ready[random_.Below(ready.size())];
  async::Callback callback = loops_[chosen]->TakeReady();
  On(chosen, [&callback, &loop = *loops_[chosen]] {
    callback();
    loop.EndTurn();
  });
  return true;
}

void VirtualLoops::RunReady() {
  while (RunOne()) {
  }
}

std::optional<absl::Time> VirtualLoops::NextTimer() const {
  std::optional<absl::Time> next;
  for (const auto& loop : loops_) {
    const auto timer = loop->next_timer();
    if (timer && (!next || *timer < *next)) next = timer;
  }
  return next;
}

bool VirtualLoops::Step() {
  RunReady();
  const std::optional<absl::Time> next = NextTimer();
  if (!next) return false;
  now_ = std::max(now_, *next);
  RunReady();
  return true;
}

void VirtualLoops::RunUntil(absl::Time time) {
  RunReady();
  for (auto next = NextTimer(); next && *next <= time; next = NextTimer()) Step();
  now_ = std::max(now_, time);
  RunReady();
}

void VirtualLoops::RunAll() {
  while (Step()) {
  }
}

size_t VirtualLoops::timers_set() const {
  size_t count = 0;
  for (const auto& loop : loops_) count += loop->timers_set();
  return count;
}

}  // namespace segue::testing
