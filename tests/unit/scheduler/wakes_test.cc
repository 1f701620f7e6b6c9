#include "server/scheduler/wakes.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/support/manual_executor.h"

namespace segue::scheduler {
namespace {

class WakesTest : public ::testing::Test {
 protected:
  WakesTest() { wakes_.Release(); }

  absl::Time In(int seconds) { return executor_.Now() + absl::Seconds(seconds); }

  segue::testing::ManualExecutor executor_;
  std::vector<std::string> due_;
  Wakes wakes_{executor_, [this](const ExecutionId& id) { due_.push_back(id.value()); }};
};

TEST_F(WakesTest, FiresInOrder) {
  wakes_.Add(In(3), ExecutionId("c"));
  wakes_.Add(In(1), ExecutionId("a"));
  wakes_.Add(In(2), ExecutionId("b"));
  executor_.Advance(absl::Seconds(2));
  EXPECT_EQ(due_, (std::vector<std::string>{"a", "b"}));
  executor_.Advance(absl::Seconds(2));
  EXPECT_EQ(due_.size(), 3u);
  EXPECT_EQ(wakes_.size(), 0u);
}

TEST_F(WakesTest, WhatWasRemovedDoesNotFire) {
  const absl::Time at = In(1);
  wakes_.Add(at, ExecutionId("a"));
  wakes_.Remove(at, ExecutionId("a"));
  executor_.Advance(absl::Seconds(5));
  EXPECT_TRUE(due_.empty());
  wakes_.Add(In(1), ExecutionId("b"));
  executor_.Advance(absl::Seconds(2));
  EXPECT_EQ(due_, std::vector<std::string>{"b"});
}

TEST_F(WakesTest, NothingFiresWhileHeld) {
  wakes_.Hold();
  wakes_.Add(In(1), ExecutionId("a"));
  executor_.Advance(absl::Seconds(5));
  EXPECT_TRUE(due_.empty());
  wakes_.Release();
  executor_.Advance(absl::Seconds(1));
  EXPECT_EQ(due_, std::vector<std::string>{"a"});
}

TEST_F(WakesTest, AThousandAtOnceAllFire) {
  for (int i = 0; i < 1000; ++i) wakes_.Add(In(1), ExecutionId(std::to_string(i)));
  executor_.Advance(absl::Seconds(1));
  executor_.RunUntilIdle();
  EXPECT_EQ(due_.size(), 1000u);
}

}  // namespace
}  // namespace segue::scheduler
