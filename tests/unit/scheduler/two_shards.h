#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "tests/support/virtual_loops.h"
#include "tests/unit/scheduler/fixture.h"

namespace segue::scheduler {

// A scheduler of two shards, each on a loop of its own, on one clock that the test moves.
class TwoShards : public ::testing::Test {
 protected:
  TwoShards() { Restart(); }
  ~TwoShards() override { calls_.ThrowAway(); }

  // As after a crash.
  void Restart() {
    calls_.ThrowAway();
    scheduler_.reset();
    store_.Lose();
    const std::unique_ptr<segue::testing::VirtualLoops> before = std::move(loops_);
    loops_ = std::make_unique<segue::testing::VirtualLoops>(
        segue::testing::VirtualLoops::Options{.loops = 2});
    if (before) loops_->RunUntil(before->Now());
    runner_ = std::make_unique<ScriptedRunner>();
    Scheduler::Dependencies dependencies{.executors = {&loops_->loop(0), &loops_->loop(1)},
                                         .store = &store_,
                                         .runner = runner_.get(),
                                         .observer = &observer_,
                                         .seed = ++seed_,
                                         .owner = "test",
                                         .fresh_token_key = std::string(kTokenKeyBytes, 'k')};
    scheduler_ = std::make_unique<Scheduler>(std::move(dependencies), Options());
    scheduler_->Start([](const absl::Status& status) { ASSERT_TRUE(status.ok()) << status; });
    loops_->RunReady();
  }

  // On the thread of that shard; what is submitted without a name stays on it.
  template <typename T>
  void Begin(async::Task<T> task, std::optional<T>* answer = nullptr, size_t shard = 0) {
    loops_->loop(shard).Post([this, answer, task = std::move(task)]() mutable {
      calls_.Spawn(Keep(std::move(task), answer));
    });
    loops_->RunReady();
  }
  template <typename T>
  T Call(async::Task<T> task, size_t shard = 0) {
    std::optional<T> answer;
    Begin(std::move(task), &answer, shard);
    SEGUE_CHECK(answer.has_value());
    return *std::move(answer);
  }
  engine::ExecutionStatus StatusOf(const ExecutionId& id) {
    const auto view = Call(scheduler_->Get(id, Detail::kBasic));
    EXPECT_TRUE(view.ok()) << view.status();
    return view.ok() ? view->execution.status : engine::ExecutionStatus::kRunning;
  }

  uint64_t seed_ = 0;
  FailingStore store_;
  Observer observer_;
  std::unique_ptr<segue::testing::VirtualLoops> loops_;
  std::unique_ptr<ScriptedRunner> runner_;
  std::unique_ptr<Scheduler> scheduler_;

 private:
  template <typename T>
  static async::Task<void> Keep(async::Task<T> task, std::optional<T>* answer) {
    T result = co_await std::move(task);
    if (answer != nullptr) answer->emplace(std::move(result));
  }
  async::TaskGroup calls_;
};

}  // namespace segue::scheduler
