#include "services/budget/budget.h"

#include <algorithm>
#include <cmath>

#include "server/base/check.h"

namespace segue::services {
namespace {

TokenBucket::Shape ShapeOf(const BudgetLimits& limits) {
  const double burst = limits.burst > 0 ? limits.burst : std::max(1.0, limits.rate_per_second);
  return {.rate_per_second = limits.rate_per_second, .burst = burst};
}

}  // namespace

std::optional<BudgetFault> FindFault(const BudgetLimits& limits) {
  if (!std::isfinite(limits.rate_per_second) || limits.rate_per_second < 0) {
    return BudgetFault{"rate_per_second", "must be a finite number, 0 (no limit) or more"};
  }
  if (!std::isfinite(limits.burst) || (limits.burst != 0 && limits.burst < 1)) {
    return BudgetFault{"burst", "must be a finite number, 0 (one second's worth) or at least 1"};
  }
  if (limits.max_concurrency < 0) {
    return BudgetFault{"max_concurrency", "must be 0 (no limit) or more"};
  }
  if (limits.timeout <= absl::ZeroDuration()) {
    return BudgetFault{"timeout", "must be positive"};
  }
  return std::nullopt;
}

Budget::Budget(const BudgetLimits& limits, absl::Time now)
    : limits_(limits), slots_(limits.max_concurrency) {
  if (limits.rate_per_second > 0) bucket_.emplace(ShapeOf(limits), now);
}

void Budget::Change(const BudgetLimits& limits, absl::Time now) {
  limits_ = limits;
  slots_.SetMax(limits.max_concurrency);
  if (limits.rate_per_second <= 0) {
    bucket_.reset();
  } else if (bucket_) {
    bucket_->Reshape(ShapeOf(limits), now);
  } else {
    bucket_.emplace(ShapeOf(limits), now);
  }
}

void Budget::PushBack(absl::Duration retry_after, absl::Time now) {
  push_back_until_ = std::max(PushedBackUntil(now),
                              now + std::clamp(retry_after, absl::ZeroDuration(), kPushBackMax));
}

std::optional<Budget::Block> Budget::FindBlock(double cost, absl::Time now) const {
  if (const absl::Time until = PushedBackUntil(now); until > now) {
    return Block{.limit = Limit::kPushBack, .until = until};
  }
  if (!slots_.HasFree()) return Block{.limit = Limit::kConcurrency, .until = std::nullopt};
  if (!bucket_) return std::nullopt;
  const absl::Time ready = bucket_->ReadyAt(now, cost);
  if (ready <= now) return std::nullopt;
  return Block{.limit = Limit::kRate, .until = ready};
}

void Budget::Take(LeaseId id, double cost, absl::Time now) {
  slots_.Take(id);
  if (bucket_) SEGUE_CHECK(bucket_->TryTake(now, cost));
}

absl::Time Budget::ExpectedAt(int64_t attempts, absl::Time now) const {
  const absl::Time open = std::max(now, PushedBackUntil(now));
  if (!bucket_) return open;
  return std::max(open, bucket_->AccruedAt(now, static_cast<double>(attempts)));
}

double Budget::TokensAvailable(absl::Time now) const {
  return bucket_ ? std::max(0.0, bucket_->Available(now)) : 0.0;
}

// A clock that was set back must not turn a push-back of seconds into one of hours.
absl::Time Budget::PushedBackUntil(absl::Time now) const {
  return std::min(push_back_until_, now + kPushBackMax);
}

}  // namespace segue::services
