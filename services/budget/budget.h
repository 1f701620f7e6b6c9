#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "absl/time/time.h"
#include "services/budget/slots.h"
#include "services/budget/token_bucket.h"

namespace segue::services {

// What a service may be given, as segue.v1.Budget says it.
struct BudgetLimits {
  double rate_per_second = 0;                  // 0: no limit
  double burst = 0;                            // 0: what one second brings, at least 1
  int32_t max_concurrency = 0;                 // 0: no limit
  absl::Duration timeout = absl::Seconds(60);  // of an attempt without one of its own

  friend bool operator==(const BudgetLimits&, const BudgetLimits&) = default;
};

// What is wrong with a field of a budget.
struct BudgetFault {
  std::string field;  // as in the proto
  std::string description;
};
std::optional<BudgetFault> FindFault(const BudgetLimits& limits);

// The longest push-back that is believed: a service that says "come back next year" has a bug.
inline constexpr absl::Duration kPushBackMax = absl::Hours(1);

// Says whether one more attempt may go out now, and if not, which limit is in the way and until
// when. Who waits is not its business (see Admission).
//
// Threads: one at a time.
class Budget {
 public:
  enum class Limit { kRate, kConcurrency, kPushBack };
  struct Block {
    Limit limit = Limit::kRate;
    // When this limit gives way; unknown where that takes an attempt to end.
    std::optional<absl::Time> until;
  };

  // With a rate, it begins without tokens: see TokenBucket.
  Budget(const BudgetLimits& limits, absl::Time now);

  const BudgetLimits& limits() const { return limits_; }
  // Holds at once, whatever is under way. A rate that is new begins without tokens.
  void Change(const BudgetLimits& limits, absl::Time now);

  // The service asked to be left alone for so long, from now. The longest such wish counts.
  void PushBack(absl::Duration retry_after, absl::Time now);

  // Nothing where an attempt of this cost may go out now.
  std::optional<Block> FindBlock(double cost, absl::Time now) const;

  // The attempt goes out. Requires that nothing blocks it.
  void Take(LeaseId id, double cost, absl::Time now);
  // It has ended. False where it was not out.
  bool Return(LeaseId id) { return slots_.Return(id); }

  // When so many more attempts will have had their tokens, as far as time alone decides.
  absl::Time ExpectedAt(int64_t attempts, absl::Time now) const;

  const Slots& slots() const { return slots_; }
  // 0 without a rate.
  double TokensAvailable(absl::Time now) const;

 private:
  absl::Time PushedBackUntil(absl::Time now) const;

  BudgetLimits limits_;
  std::optional<TokenBucket> bucket_;
  Slots slots_;
  absl::Time push_back_until_ = absl::InfinitePast();
};

}  // namespace segue::services
