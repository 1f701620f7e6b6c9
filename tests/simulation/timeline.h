#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/time/time.h"
#include "server/async/executor.h"
#include "server/async/task.h"
#include "server/base/clock.h"
#include "server/base/random.h"
#include "tests/simulation/trace.h"

namespace segue::simulation {

class Loop;

// Virtual time, and the loops that live on it. One callback of one loop is one step; which loop
// goes next is drawn from the seed. Time stands still while anything is ready and then jumps to the
// next timer.
class Timeline final : public Clock {
 public:
  struct Options {
    uint64_t seed = 0;
    absl::Time now;
    absl::Duration late_max;  // timers are late by up to this, as real ones are
    // Timers go off at its multiples, so that several are due at once.
    absl::Duration tick = absl::Nanoseconds(1);
    Trace* trace = nullptr;
  };
  explicit Timeline(const Options& options);
  ~Timeline() override;

  absl::Time Now() const override { return now_; }
  // A new loop; it stays with whoever asked, who lets it go before this dies.
  std::unique_ptr<Loop> MakeLoop();

  // One step. False where nothing is ready.
  bool Step();
  // Lets time pass until the next timer. False where there is none, or it is after `until`.
  bool Jump(absl::Time until);
  // Timers, and steps that were made since time last moved.
  int64_t steps() const { return steps_; }
  int64_t steps_at_once() const { return steps_at_once_; }

 private:
  friend class Loop;
  void Add(Loop* loop);
  void Remove(Loop* loop);
  // When a timer for `time` goes off.
  absl::Time Due(absl::Time time);

  Random random_;
  absl::Time now_;
  const absl::Duration late_max_;
  const absl::Duration tick_;
  Trace* const trace_;
  std::vector<Loop*> loops_;
  const Loop* current_ = nullptr;
  int64_t steps_ = 0;
  int64_t steps_at_once_ = 0;
};

// An executor on a timeline. A turn begins with some of what was posted, goes on with the timers
// that are due, and ends with the turn-end hook; each is a step of its own, so that other loops
// come between. What was posted runs in its order.
class Loop final : public async::Executor {
 public:
  explicit Loop(Timeline* timeline);
  ~Loop() override;

  void Post(async::Callback callback) override { posted_.push_back(std::move(callback)); }
  bool IsCurrent() const override { return timeline_->current_ == this; }
  absl::Time Now() const override { return timeline_->Now(); }
  async::TimerId At(absl::Time time, async::Callback callback) override;
  void Cancel(async::TimerId timer) override;
  void SetTurnEndHook(async::Callback hook) override { turn_end_ = std::move(hook); }

  // Goes on in another time, which nobody else is in.
  void MoveTo(Timeline* timeline);
  // Forgets all that has not run.
  void Clear();
  bool ready() const;
  std::optional<absl::Time> next_timer() const;

 private:
  friend class Timeline;
  void Step(Random& random);
  void BeginTurn(Random& random);

  Timeline* timeline_;
  bool in_turn_ = false;
  std::deque<async::Callback> batch_;  // of this turn
  std::deque<async::Callback> posted_;
  std::map<std::pair<absl::Time, async::TimerId>, async::Callback> timers_;
  std::map<async::TimerId, absl::Time> timer_times_;
  uint64_t timers_made_ = 0;
  async::Callback turn_end_;
};

async::Task<void> Sleep(absl::Duration duration, async::Executor& executor);

}  // namespace segue::simulation
