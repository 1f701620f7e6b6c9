#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/time/time.h"
#include "server/async/executor.h"
#include "server/base/clock.h"
#include "server/base/random.h"

namespace segue::testing {

// Several executors on one virtual clock and one thread. What is ready runs in a seeded random
// order over the loops; time stands still while anything is ready and then jumps to the next
// timer, and to nowhere else: what polls, or waits for what no timer and no post announces, never
// goes on. Timers may be late, as real ones are.
class VirtualLoops final : public Clock {
 public:
  struct Options {
    size_t loops = 1;
    uint64_t seed = 0;
    absl::Duration late_max = absl::ZeroDuration();  // each timer is late by up to this
  };

  explicit VirtualLoops(Options options);
  ~VirtualLoops() override;

  absl::Time Now() const override { return now_; }
  async::Executor& loop(size_t index);

  // Runs `body` as if on this loop's thread.
  void On(size_t index, absl::FunctionRef<void()> body);
  // Runs all that is ready, without letting time pass.
  void RunReady();
  // Runs all that is ready, then jumps to the next timer and runs it. False where there is neither.
  bool Step();
  void RunUntil(absl::Time time);
  void RunFor(absl::Duration duration) { RunUntil(now_ + duration); }
  // Until nothing is ready and no timer is set.
  void RunAll();
  // Time passes, and no timer notices: every thread is busy.
  void Stall(absl::Duration duration) { now_ += duration; }

  size_t timers_set() const;

 private:
  class Loop;

  bool RunOne();
  std::optional<absl::Time> NextTimer() const;

  const absl::Duration late_max_;
  Random random_;
  absl::Time now_ = absl::FromUnixSeconds(1'700'000'000);
  const Loop* current_ = nullptr;
  std::vector<std::unique_ptr<Loop>> loops_;
};

}  // namespace segue::testing
