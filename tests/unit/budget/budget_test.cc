#include "services/budget/budget.h"

#include <gtest/gtest.h>

#include <limits>

namespace segue::services {
namespace {

using Limit = Budget::Limit;

const absl::Time kStart = absl::FromUnixSeconds(1'700'000'000);

TEST(FindFault, NamesTheField) {
  const double infinite = std::numeric_limits<double>::infinity();
  const double nan = std::numeric_limits<double>::quiet_NaN();
  struct Row {
    BudgetLimits limits;
    const char* field;
  };
  const Row rows[] = {
      {{}, ""},
      {{.rate_per_second = 0.001, .burst = 1, .max_concurrency = 1}, ""},
      {{.timeout = absl::InfiniteDuration()}, ""},
      {{.rate_per_second = -1}, "rate_per_second"},
      {{.rate_per_second = infinite}, "rate_per_second"},
      {{.rate_per_second = nan}, "rate_per_second"},
      {{.rate_per_second = 1, .burst = 0.5}, "burst"},
      {{.rate_per_second = 1, .burst = -1}, "burst"},
      {{.rate_per_second = 1, .burst = nan}, "burst"},
      {{.max_concurrency = -1}, "max_concurrency"},
      {{.timeout = absl::ZeroDuration()}, "timeout"},
  };
  for (const Row& row : rows) {
    const auto fault = FindFault(row.limits);
    EXPECT_EQ(fault ? fault->field : "", row.field);
  }
}

TEST(Budget, WithoutLimitsNothingBlocks) {
  Budget budget({}, kStart);
  for (uint64_t id = 1; id <= 1000; ++id) {
    ASSERT_FALSE(budget.FindBlock(1, kStart));
    budget.Take(LeaseId(id), 1, kStart);
  }
  EXPECT_EQ(budget.slots().in_use(), 1000);
  EXPECT_EQ(budget.TokensAvailable(kStart), 0);
}

TEST(Budget, SaysWhichLimitBlocksAndUntilWhen) {
  Budget budget({.rate_per_second = 10, .max_concurrency = 1}, kStart);
  auto block = budget.FindBlock(1, kStart);
  ASSERT_TRUE(block);
  EXPECT_EQ(block->limit, Limit::kRate);
  EXPECT_EQ(block->until, kStart + absl::Milliseconds(100));

  const absl::Time full = kStart + absl::Seconds(1);
  ASSERT_FALSE(budget.FindBlock(1, full));
  EXPECT_EQ(budget.TokensAvailable(full), 10);  // the default burst is one second's worth
  budget.Take(LeaseId(1), 1, full);
  block = budget.FindBlock(1, full);
  ASSERT_TRUE(block);
  EXPECT_EQ(block->limit, Limit::kConcurrency);
  EXPECT_FALSE(block->until);

  budget.PushBack(absl::Seconds(3), full);
  block = budget.FindBlock(1, full);
  ASSERT_TRUE(block);
  EXPECT_EQ(block->limit, Limit::kPushBack);
  EXPECT_EQ(block->until, full + absl::Seconds(3));
  EXPECT_TRUE(budget.Return(LeaseId(1)));
  EXPECT_FALSE(budget.Return(LeaseId(1)));
  EXPECT_TRUE(budget.FindBlock(1, full + absl::Seconds(3) - absl::Nanoseconds(1)));
  EXPECT_FALSE(budget.FindBlock(1, full + absl::Seconds(3)));
}

TEST(Budget, TheLongestPushBackCountsUpToAnHour) {
  Budget budget({}, kStart);
  budget.PushBack(absl::Seconds(10), kStart);
  budget.PushBack(absl::Seconds(1), kStart);
  budget.PushBack(-absl::Seconds(1), kStart);
  EXPECT_EQ(budget.FindBlock(1, kStart)->until, kStart + absl::Seconds(10));
  budget.PushBack(absl::InfiniteDuration(), kStart);
  EXPECT_EQ(budget.FindBlock(1, kStart)->until, kStart + kPushBackMax);
  // A clock set back by a day does not make a day of it.
  const absl::Time back = kStart - absl::Hours(24);
  EXPECT_EQ(budget.FindBlock(1, back)->until, back + kPushBackMax);
}

TEST(Budget, AChangeHoldsAtOnce) {
  Budget budget({}, kStart);
  for (uint64_t id = 1; id <= 5; ++id) budget.Take(LeaseId(id), 1, kStart);
  budget.Change({.max_concurrency = 3}, kStart);
  EXPECT_EQ(budget.FindBlock(1, kStart)->limit, Limit::kConcurrency);
  // A rate that is new does not come with a burst on top of what was free until now.
  budget.Change({.rate_per_second = 2, .burst = 4}, kStart);
  EXPECT_EQ(budget.FindBlock(1, kStart)->until, kStart + absl::Milliseconds(500));
  budget.Change({.rate_per_second = 1000, .burst = 4}, kStart);
  EXPECT_EQ(budget.FindBlock(1, kStart)->until, kStart + absl::Milliseconds(1));
  budget.Change({}, kStart);
  EXPECT_FALSE(budget.FindBlock(1, kStart));
}

TEST(Budget, ExpectsTokensAndTheEndOfAPushBack) {
  Budget budget({.rate_per_second = 2}, kStart);
  EXPECT_EQ(budget.ExpectedAt(6, kStart), kStart + absl::Seconds(3));
  budget.PushBack(absl::Seconds(10), kStart);
  EXPECT_EQ(budget.ExpectedAt(6, kStart), kStart + absl::Seconds(10));
}

}  // namespace
}  // namespace segue::services
