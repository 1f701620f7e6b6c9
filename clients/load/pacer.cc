#include "clients/load/pacer.h"

#include <algorithm>

namespace segue::load {

absl::Time Pacer::Scheduled(int64_t number) const {
  return start_ + absl::Seconds(static_cast<double>(number) / options_.rate_per_second);
}

std::optional<absl::Time> Pacer::Next(absl::Time now, int64_t open) {
  if (options_.rate_per_second <= 0) {
    if (open >= options_.open_max) return std::nullopt;
    return now;
  }
  const absl::Time due = Scheduled(begun_);
  if (due > now) return std::nullopt;
  if (open >= options_.open_max) {
    // Dropped, not put off: a queue in the generator would hide what the server does.
    ++begun_;
    ++missed_;
    return std::nullopt;
  }
  ++begun_;
  return due;
}

absl::Time Pacer::WakeTime(absl::Time now) const {
  constexpr absl::Duration kIdle = absl::Milliseconds(50);
  if (options_.rate_per_second <= 0) return now + kIdle;
  return std::min(now + kIdle, Scheduled(begun_));
}

}  // namespace segue::load
