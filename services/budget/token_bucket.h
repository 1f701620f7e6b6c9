#pragma once

#include <cstdint>

#include "absl/numeric/int128.h"
#include "absl/time/time.h"

namespace segue::services {

// A rate limit: what is taken in any window of W seconds never exceeds rate * W + burst.
//
// Exact: the level is counted in 1e-18 tokens and the rate in 1e-9 tokens per second, so what
// accrues in a nanosecond is an integer, and nothing is rounded however often it is asked. A rate
// and a burst count with nine decimals, at most 1e9 each.
//
// A new bucket is empty. A server that starts cannot know what was taken just before it stopped; a
// full bucket would come on top of that and break the promise for every window over the restart.
//
// Time: `now` comes from the caller and counts in whole nanoseconds. A clock set back by more than
// a second counts as a step (time goes on from there, nothing is credited); less is taken for two
// readings out of order. Threads: one at a time.
class TokenBucket {
 public:
  struct Shape {
    double rate_per_second = 1;
    double burst = 1;  // at least 1
  };

  TokenBucket(const Shape& shape, absl::Time now);

  // Holds at once. What has accrued stays, up to the new burst.
  void Reshape(const Shape& shape, absl::Time now);

  // Takes `cost` tokens where they are there. One that costs more than the burst goes when the
  // bucket is full and leaves a debt, so that it passes at all and the rate still holds.
  [[nodiscard]] bool TryTake(absl::Time now, double cost);

  // The earliest time at which TryTake(cost) succeeds if nothing is taken before; `now` where that
  // is now.
  absl::Time ReadyAt(absl::Time now, double cost) const;

  // When so many tokens will have come, if each is taken as it comes.
  absl::Time AccruedAt(absl::Time now, double tokens) const;

  // Tokens there now; negative in debt.
  double Available(absl::Time now) const;

 private:
  struct State {
    absl::int128 level;  // in 1e-18 tokens
    int64_t at_nanos;    // unix time
  };

  void SetShape(const Shape& shape);
  State StateAt(absl::Time now) const;
  absl::Time TimeOf(const State& state, absl::int128 level) const;

  int64_t rate_ = 1;        // 1e-9 tokens per second, so 1e-18 tokens per nanosecond
  absl::int128 burst_ = 1;  // 1e-18 tokens
  State state_;
};

}  // namespace segue::services
