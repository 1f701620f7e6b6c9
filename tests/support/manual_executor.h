#pragma once

#include <atomic>
#include <condition_variable>
#include <map>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/time/time.h"
#include "server/async/executor.h"
#include "server/async/task.h"
#include "server/async/task_group.h"
#include "server/base/check.h"

namespace segue::testing {

// An executor that a test turns by hand, on a clock that only the test moves.
//
// Threads: Post by any. Everything else on one thread, the loop's: the one that last called a Run
// function (or made it).
class ManualExecutor final : public async::Executor {
 public:
  explicit ManualExecutor(absl::Time now = absl::FromUnixSeconds(1'700'000'000));

  // Turns until nothing is ready.
  void RunUntilIdle();
  // Turns until `condition` holds, waiting for what other threads post. False where that takes
  // longer, in real time, than `patience`.
  bool RunUntil(absl::FunctionRef<bool()> condition, absl::Duration patience = absl::Seconds(60));
  // Moves the clock on, stopping at each timer on the way to run it and all that becomes ready.
  void Advance(absl::Duration duration);
  // Runs one turn, or where nothing is ready moves the clock to the next timer. False where there
  // is neither.
  bool Step();

  // Runs `task` to its end; a test that waits in vain aborts.
  template <typename T>
  T Wait(async::Task<T> task) {
    std::optional<T> value;
    async::TaskGroup group;
    // Begun inside a turn, as everything is: the turn's end has work to do.
    Post([&group, &value, task = std::move(task)]() mutable {
      group.Spawn(Keep(std::move(task), &value));
    });
    SEGUE_CHECK(RunUntil([&value] { return value.has_value(); }));
    return *std::move(value);
  }

  void Post(async::Callback callback) override;
  bool IsCurrent() const override { return thread_ == std::this_thread::get_id(); }
  absl::Time Now() const override { return now_; }
  async::TimerId At(absl::Time time, async::Callback callback) override;
  void Cancel(async::TimerId timer) override;
  void SetTurnEndHook(async::Callback hook) override { turn_end_ = std::move(hook); }

 private:
  template <typename T>
  static async::Task<void> Keep(async::Task<T> task, std::optional<T>* value) {
    T result = co_await std::move(task);
    value->emplace(std::move(result));
  }

  // False where there was nothing to do.
  bool Turn();

  std::atomic<std::thread::id> thread_;
  absl::Time now_;
  async::Callback turn_end_;
  std::map<std::pair<absl::Time, async::TimerId>, async::Callback> timers_;
  uint64_t timers_made_ = 0;

  std::mutex mutex_;
  std::condition_variable posted_some_;
  std::vector<async::Callback> posted_;
};

}  // namespace segue::testing
