#include "services/budget/token_bucket.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "server/base/random.h"
#include "tests/support/grant_windows.h"

namespace segue::services {
namespace {

using segue::testing::GrantWindows;

const absl::Time kStart = absl::FromUnixSeconds(1'700'000'000);

// Rates over many orders of magnitude, most of them not whole.
double AnyRate(Random* random) { return std::pow(10.0, random->Uniform() * 7 - 2); }
double AnyBurst(Random* random) {
  return random->Below(3) == 0 ? 1.0 : 1 + std::floor(random->Uniform() * 200) / 4;
}

// Clocks tell whole nanoseconds.
absl::Duration WholeNanos(double seconds) {
  return absl::Nanoseconds(static_cast<int64_t>(seconds * 1e9));
}

TEST(TokenBucket, BeginsEmptyAndFillsAtItsRate) {
  TokenBucket bucket({.rate_per_second = 10, .burst = 3}, kStart);
  EXPECT_FALSE(bucket.TryTake(kStart, 1));
  EXPECT_EQ(bucket.ReadyAt(kStart, 1), kStart + absl::Milliseconds(100));
  EXPECT_FALSE(bucket.TryTake(kStart + absl::Milliseconds(100) - absl::Nanoseconds(1), 1));
  EXPECT_TRUE(bucket.TryTake(kStart + absl::Milliseconds(100), 1));
  EXPECT_FALSE(bucket.TryTake(kStart + absl::Milliseconds(100), 1));

  const absl::Time later = kStart + absl::Hours(1);
  EXPECT_EQ(bucket.Available(later), 3);
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(bucket.TryTake(later, 1));
  EXPECT_FALSE(bucket.TryTake(later, 1));
  EXPECT_EQ(bucket.AccruedAt(later, 7), later + absl::Milliseconds(700));
}

TEST(TokenBucket, NeverMoreThanRateTimesWindowPlusBurst) {
  for (uint64_t seed = 0; seed < 60; ++seed) {
    Random random(seed);
    const TokenBucket::Shape shape{.rate_per_second = AnyRate(&random), .burst = AnyBurst(&random)};
    TokenBucket bucket(shape, kStart);
    GrantWindows windows;
    windows.Reshape({.rate_per_second = shape.rate_per_second, .burst = shape.burst}, kStart);
    absl::Time now = kStart;
    while (windows.size() < 250) {
      // Sometimes exactly when a token is due, sometimes at any moment, sometimes after a pause.
      const uint64_t kind = random.Below(8);
      if (kind < 4) {
        now = bucket.ReadyAt(now, 1);
      } else {
        const double pause = kind == 7 ? 2 * shape.burst : 1.5;
        now += WholeNanos(random.Uniform() * pause / shape.rate_per_second);
      }
      const uint64_t tries = 1 + random.Below(6);
      for (uint64_t i = 0; i < tries; ++i) {
        if (bucket.TryTake(now, 1)) windows.Grant(now);
      }
    }
    EXPECT_EQ(windows.FindExcess(), "") << "seed " << seed;
  }
}

TEST(TokenBucket, HoldsWhileItIsReshapedAtAnyMoment) {
  for (uint64_t seed = 0; seed < 60; ++seed) {
    Random random(seed);
    TokenBucket::Shape shape{.rate_per_second = 1 + random.Uniform() * 100,
                             .burst = AnyBurst(&random)};
    TokenBucket bucket(shape, kStart);
    GrantWindows windows;
    windows.Reshape({shape.rate_per_second, shape.burst}, kStart);
    absl::Time now = kStart;
    for (int step = 0; step < 300; ++step) {
      now += absl::Nanoseconds(random.Below(40'000'000));
      if (random.Below(10) == 0) {
        shape = {.rate_per_second = 1 + random.Uniform() * 100, .burst = AnyBurst(&random)};
        bucket.Reshape(shape, now);
        windows.Reshape({shape.rate_per_second, shape.burst}, now);
      }
      while (random.Below(4) != 0 && bucket.TryTake(now, 1)) windows.Grant(now);
    }
    EXPECT_GT(windows.size(), 20u);
    EXPECT_EQ(windows.FindExcess(), "") << "seed " << seed;
  }
}

TEST(TokenBucket, ASmallerBurstHoldsAtOnce) {
  TokenBucket bucket({.rate_per_second = 10, .burst = 100}, kStart);
  const absl::Time full = kStart + absl::Seconds(10);
  bucket.Reshape({.rate_per_second = 10, .burst = 2}, full);
  EXPECT_TRUE(bucket.TryTake(full, 1));
  EXPECT_TRUE(bucket.TryTake(full, 1));
  EXPECT_FALSE(bucket.TryTake(full, 1));
}

TEST(TokenBucket, DoesNotDrift) {
  // A third of a second is no whole number of nanoseconds; 300,000 of them are exactly 100,000 s.
  TokenBucket bucket({.rate_per_second = 3, .burst = 2}, kStart);
  absl::Time now = kStart;
  for (int i = 0; i < 300'000; ++i) {
    now = bucket.ReadyAt(now, 1);
    ASSERT_TRUE(bucket.TryTake(now, 1));
  }
  // Each grant waits for a whole nanosecond, but what it waited too long is kept for the next.
  EXPECT_EQ(now, kStart + absl::Seconds(100'000));
}

TEST(TokenBucket, UsesItsRateThoughTimersAreLate) {
  for (uint64_t seed = 0; seed < 40; ++seed) {
    Random random(seed);
    const double rate = 1 + random.Uniform() * 20'000;
    const double burst = 2 + random.Uniform() * 50;
    TokenBucket bucket({.rate_per_second = rate, .burst = burst}, kStart);
    // A timer may be late by what the burst can hold.
    const double late_max_seconds = (burst - 1) / rate;
    const absl::Time end = kStart + absl::Seconds(5000 / rate);
    int64_t granted = 0;
    for (absl::Time now = kStart; now < end;) {
      now = bucket.ReadyAt(now, 1) + absl::Seconds(random.Uniform() * late_max_seconds);
      while (bucket.TryTake(now, 1)) ++granted;
    }
    EXPECT_GE(granted, 5000 * 0.98) << "seed " << seed;
  }
}

TEST(TokenBucket, AnAttemptThatCostsMoreThanTheBurstGoesFromFullAndLeavesADebt) {
  TokenBucket bucket({.rate_per_second = 1, .burst = 2}, kStart);
  EXPECT_EQ(bucket.ReadyAt(kStart, 10), kStart + absl::Seconds(2));
  EXPECT_TRUE(bucket.TryTake(kStart + absl::Seconds(2), 10));
  EXPECT_EQ(bucket.Available(kStart + absl::Seconds(2)), -8);
  EXPECT_EQ(bucket.ReadyAt(kStart + absl::Seconds(2), 1), kStart + absl::Seconds(11));
}

TEST(TokenBucket, CountsFractions) {
  TokenBucket bucket({.rate_per_second = 0.5, .burst = 2.5}, kStart);
  const absl::Time full = kStart + absl::Seconds(100);
  EXPECT_EQ(bucket.Available(full), 2.5);
  EXPECT_TRUE(bucket.TryTake(full, 0.25));
  EXPECT_EQ(bucket.Available(full), 2.25);
  EXPECT_TRUE(bucket.TryTake(full, 0));
}

TEST(TokenBucket, StandsTheEndsOfItsRange) {
  TokenBucket fast({.rate_per_second = 1e12, .burst = 1e15}, kStart);
  EXPECT_EQ(fast.Available(kStart + absl::Hours(24 * 365 * 100)), 1e9);
  TokenBucket slow({.rate_per_second = 1e-9, .burst = 1}, kStart);
  EXPECT_FALSE(slow.TryTake(kStart + absl::Hours(24 * 365), 1));
  EXPECT_EQ(slow.AccruedAt(kStart, 1e9), absl::InfiniteFuture());
  EXPECT_FALSE(slow.TryTake(absl::InfinitePast(), 1));
}

TEST(TokenBucket, AClockThatIsSetBackNeitherStopsNorFillsIt) {
  TokenBucket bucket({.rate_per_second = 10, .burst = 5}, kStart);
  const absl::Time full = kStart + absl::Seconds(10);
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(bucket.TryTake(full, 1));
  // Two readings out of order: nothing is credited twice.
  EXPECT_FALSE(bucket.TryTake(full - absl::Milliseconds(900), 1));
  EXPECT_FALSE(bucket.TryTake(full, 1));
  // A step back of an hour: it goes on from there.
  const absl::Time back = full - absl::Hours(1);
  EXPECT_FALSE(bucket.TryTake(back, 1));
  EXPECT_TRUE(bucket.TryTake(back + absl::Milliseconds(100), 1));
  EXPECT_FALSE(bucket.TryTake(back + absl::Milliseconds(100), 1));
}

}  // namespace
}  // namespace segue::services
