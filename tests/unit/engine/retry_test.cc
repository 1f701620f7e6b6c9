#include "server/engine/retry.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace segue::engine {
namespace {

TEST(RetryTest, MatchesNames) {
  struct Row {
    std::vector<std::string> patterns;
    std::string error;
    bool matches;
  };
  const Row rows[] = {
      {{"A"}, "A", true},
      {{"A"}, "B", false},
      {{"A"}, "a", false},
      {{"B", "A"}, "A", true},
      {{}, "A", false},
      {{"States.ALL"}, "A", true},
      {{"States.ALL"}, "", true},
      {{"States.ALL"}, "States.Timeout", true},
      {{"States.ALL"}, "States.DataLimitExceeded", true},
      {{"States.TaskFailed"}, "States.DataLimitExceeded", false},
      {{"States.DataLimitExceeded"}, "States.DataLimitExceeded", true},
      {{"States.ALL"}, "States.Runtime", false},
      {{"States.Runtime"}, "States.Runtime", false},
      {{"States.TaskFailed"}, "A", true},
      {{"States.TaskFailed"}, "States.TaskFailed", true},
      {{"States.TaskFailed"}, "States.Timeout", false},
      {{"States.TaskFailed"}, "States.HeartbeatTimeout", false},
      {{"States.TaskFailed"}, "States.Runtime", false},
      {{"States.Timeout"}, "States.Timeout", true},
      {{"States.Timeout"}, "States.HeartbeatTimeout", true},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(Matches(row.patterns, {row.error, "cause"}), row.matches)
        << (row.patterns.empty() ? "" : row.patterns[0]) << " / " << row.error;
  }
}

TEST(RetryTest, BacksOff) {
  language::Retrier plain;  // 1 s, doubled
  language::Retrier capped;
  capped.interval = absl::Seconds(3);
  capped.backoff_rate = 1.5;
  capped.max_delay = absl::Seconds(5);
  language::Retrier constant;
  constant.interval = absl::Seconds(7);
  constant.backoff_rate = 1;
  struct Row {
    const language::Retrier& retrier;
    int used;
    absl::Duration expected;
  };
  const Row rows[] = {
      {plain, 0, absl::Seconds(1)},    {plain, 1, absl::Seconds(2)},
      {plain, 5, absl::Seconds(32)},   {plain, 10'000, absl::Hours(24 * 366)},
      {capped, 0, absl::Seconds(3)},   {capped, 1, absl::Milliseconds(4500)},
      {capped, 2, absl::Seconds(5)},   {capped, 100'000, absl::Seconds(5)},
      {constant, 0, absl::Seconds(7)}, {constant, 1000, absl::Seconds(7)},
  };
  for (const Row& row : rows) {
    Random random(1);
    EXPECT_EQ(Backoff(row.retrier, row.used, random), row.expected) << row.used;
  }
}

TEST(RetryTest, FullJitterSpreadsOverTheWholeDelay) {
  language::Retrier retrier;
  retrier.interval = absl::Seconds(100);
  retrier.backoff_rate = 1;
  retrier.jitter = language::Retrier::Jitter::kFull;
  absl::Duration shortest = absl::InfiniteDuration();
  absl::Duration longest;
  for (uint64_t seed = 0; seed < 1000; ++seed) {
    Random random(seed);
    const absl::Duration delay = Backoff(retrier, 0, random);
    EXPECT_GE(delay, absl::ZeroDuration());
    EXPECT_LT(delay, absl::Seconds(100));
    shortest = std::min(shortest, delay);
    longest = std::max(longest, delay);
    Random again(seed);
    EXPECT_EQ(Backoff(retrier, 0, again), delay);
  }
  EXPECT_LT(shortest, absl::Seconds(2));
  EXPECT_GT(longest, absl::Seconds(98));
}

}  // namespace
}  // namespace segue::engine
