#pragma once

// When to begin the next piece of work, in closed and in open loop.
//
// Pure given `now`: no clock, no threads. One for each load thread.

#include <cstdint>
#include <optional>

#include "absl/time/time.h"

namespace segue::load {

struct PacerOptions {
  int open_max = 1;            // closed loop: how many are open; open loop: the bound
  double rate_per_second = 0;  // 0: closed loop
};

class Pacer {
 public:
  Pacer(const PacerOptions& options, absl::Time start) : options_(options), start_(start) {}

  // The time at which the next one should begin, if one is due at `now`, `open` being under way. In
  // open loop it is the scheduled time, which may lie before `now`: latency counts from there, so
  // that a server that stalls is not measured by fewer samples.
  std::optional<absl::Time> Next(absl::Time now, int64_t open);

  // When to ask again if nothing ends before.
  absl::Time WakeTime(absl::Time now) const;

  // Open loop: how many could not begin in time, because open_max were under way.
  int64_t missed() const { return missed_; }

 private:
  absl::Time Scheduled(int64_t number) const;

  const PacerOptions options_;
  const absl::Time start_;
  int64_t begun_ = 0;
  int64_t missed_ = 0;
};

}  // namespace segue::load
