#include "services/budget/token_bucket.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace segue::services {
namespace {

constexpr double kNano = 1e9;
constexpr double kTokensMax = 1e9;
constexpr int64_t kStepBackNanos = 1'000'000'000;

// Nine decimals, within what multiplies by any int64 of nanoseconds inside an int128. Down: a rate
// of 2/3 must not become more than that.
int64_t ToNano(double tokens) {
  return static_cast<int64_t>(std::floor(std::clamp(tokens, 0.0, kTokensMax) * kNano));
}

absl::int128 ToLevel(double tokens) { return absl::int128(ToNano(tokens)) * 1'000'000'000; }

}  // namespace

TokenBucket::TokenBucket(const Shape& shape, absl::Time now)
    : state_{.level = 0, .at_nanos = absl::ToUnixNanos(now)} {
  SetShape(shape);
}

void TokenBucket::SetShape(const Shape& shape) {
  rate_ = std::max<int64_t>(ToNano(shape.rate_per_second), 1);
  burst_ = ToLevel(std::max(shape.burst, 1.0));
}

void TokenBucket::Reshape(const Shape& shape, absl::Time now) {
  state_ = StateAt(now);
  SetShape(shape);
  state_.level = std::min(state_.level, burst_);
}

bool TokenBucket::TryTake(absl::Time now, double cost) {
  const absl::int128 price = ToLevel(cost);
  state_ = StateAt(now);
  if (state_.level < std::min(price, burst_)) return false;
  state_.level -= price;
  return true;
}

absl::Time TokenBucket::ReadyAt(absl::Time now, double cost) const {
  const State state = StateAt(now);
  const absl::int128 needed = std::min(ToLevel(cost), burst_);
  return state.level >= needed ? now : std::max(now, TimeOf(state, needed));
}

absl::Time TokenBucket::AccruedAt(absl::Time now, double tokens) const {
  return std::max(now, TimeOf(StateAt(now), ToLevel(tokens)));
}

double TokenBucket::Available(absl::Time now) const {
  return static_cast<double>(StateAt(now).level) / (kNano * kNano);
}

TokenBucket::State TokenBucket::StateAt(absl::Time now) const {
  const int64_t now_nanos = absl::ToUnixNanos(now);
  if (now_nanos <= state_.at_nanos) {
    const bool stepped = now_nanos < state_.at_nanos - kStepBackNanos;
    return {.level = state_.level, .at_nanos = stepped ? now_nanos : state_.at_nanos};
  }
  const absl::int128 elapsed = absl::int128(now_nanos) - state_.at_nanos;
  const absl::int128 room = burst_ - state_.level;
  // Compared by division first: over decades at a high rate the product would not fit.
  if (elapsed > room / rate_) return {.level = burst_, .at_nanos = now_nanos};
  return {.level = state_.level + elapsed * rate_, .at_nanos = now_nanos};
}

absl::Time TokenBucket::TimeOf(const State& state, absl::int128 level) const {
  const absl::int128 missing = std::max<absl::int128>(level - state.level, 0);
  const absl::int128 wait = (missing + rate_ - 1) / rate_;
  const absl::int128 at = wait + state.at_nanos;
  if (at > std::numeric_limits<int64_t>::max()) return absl::InfiniteFuture();
  return absl::FromUnixNanos(static_cast<int64_t>(at));
}

}  // namespace segue::services
