#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "absl/time/time.h"
#include "services/budget/budget.h"
#include "services/budget/fair_queue.h"

namespace segue::services {

// All that is decided about the attempts of one service: who goes out now, who waits, why, and when
// to look again. Pure: it is told the time, and told when an attempt ends.
//
// After anything that may let somebody start (Offer that answered kWait, Finish, Withdraw, Change,
// PushBack, or the time NextStart named) the owner calls StartNext until it names nobody, and then
// asks NextStart.
//
// Threads: one at a time.
class Admission {
 public:
  using Waiting = FairQueue::Waiting;
  enum class Answer { kStart, kWait };
  struct Explanation {
    Budget::Limit limit = Budget::Limit::kRate;
    int64_t position = 1;
    absl::Time since;
    // Absent where it depends on when attempts end.
    std::optional<absl::Time> expected_start;
  };
  struct Usage {
    double tokens_available = 0;
    int64_t slots_in_use = 0;
    int64_t queue_depth = 0;
    std::optional<absl::Time> oldest_wait;
  };

  Admission(const BudgetLimits& limits, absl::Time now) : budget_(limits, now) {}

  // kStart: it goes out now and counts from now on, until Finish. kWait: it is in the queue.
  [[nodiscard]] Answer Offer(const Waiting& attempt, absl::Time now);

  // Who in the queue goes out now; it counts from now on.
  std::optional<LeaseId> StartNext(absl::Time now);

  // When StartNext will name somebody if nothing happens but time passing; nothing where nobody
  // waits, or where that takes an attempt to end.
  std::optional<absl::Time> NextStart(absl::Time now) const;

  // Out of the queue. False where it is not in it.
  bool Withdraw(LeaseId id) { return queue_.Remove(id); }
  // All out of the queue, in the order in which they came.
  std::vector<LeaseId> WithdrawAll() { return queue_.TakeAll(); }
  // The attempt has ended. False where it is not out (any more).
  bool Finish(LeaseId id, std::string_view workflow);

  void Change(const BudgetLimits& limits, absl::Time now) { budget_.Change(limits, now); }
  void PushBack(absl::Duration retry_after, absl::Time now) { budget_.PushBack(retry_after, now); }

  const BudgetLimits& limits() const { return budget_.limits(); }
  // Nothing where it is not in the queue.
  std::optional<Explanation> Explain(LeaseId id, absl::Time now) const;
  Usage UsageAt(absl::Time now) const;
  int64_t queue_depth() const { return queue_.size(); }

 private:
  std::optional<FairQueue::Head> Head() const;

  Budget budget_;
  FairQueue queue_;
};

}  // namespace segue::services
