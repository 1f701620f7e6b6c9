#include "services/budget/admission.h"

#include "server/base/check.h"

namespace segue::services {

Admission::Answer Admission::Offer(const Waiting& attempt, absl::Time now) {
  // Past the queue only where there is none: otherwise it would overtake.
  if (queue_.empty() && !budget_.FindBlock(attempt.cost, now)) {
    budget_.Take(attempt.id, attempt.cost, now);
    queue_.Started(attempt.workflow);
    return Answer::kStart;
  }
  queue_.Push(attempt);
  return Answer::kWait;
}

std::optional<LeaseId> Admission::StartNext(absl::Time now) {
  const std::optional<FairQueue::Head> head = Head();
  if (!head || budget_.FindBlock(head->cost, now)) return std::nullopt;
  budget_.Take(head->id, head->cost, now);
  // Counted before it leaves the queue, so that its workflow is not forgotten in between.
  queue_.Started(head->workflow);
  SEGUE_CHECK(queue_.Pop(head->id));
  return head->id;
}

std::optional<absl::Time> Admission::NextStart(absl::Time now) const {
  const std::optional<FairQueue::Head> head = Head();
  if (!head) return std::nullopt;
  const std::optional<Budget::Block> block = budget_.FindBlock(head->cost, now);
  return block ? block->until : now;
}

bool Admission::Finish(LeaseId id, std::string_view workflow) {
  if (!budget_.Return(id)) return false;
  queue_.Ended(workflow);
  return true;
}

std::optional<Admission::Explanation> Admission::Explain(LeaseId id, absl::Time now) const {
  const std::optional<FairQueue::Place> place = queue_.Find(id);
  if (!place) return std::nullopt;
  Explanation explanation{.position = place->position, .since = place->since};
  // Unblocked means that it starts within this turn of the loop.
  const std::optional<Budget::Block> block = budget_.FindBlock(Head()->cost, now);
  if (block) explanation.limit = block->limit;
  if (!block || block->until) {
    explanation.expected_start = budget_.ExpectedAt(place->position, now);
  }
  return explanation;
}

Admission::Usage Admission::UsageAt(absl::Time now) const {
  return {.tokens_available = budget_.TokensAvailable(now),
          .slots_in_use = budget_.slots().in_use(),
          .queue_depth = queue_.size(),
          .oldest_wait = queue_.Oldest()};
}

std::optional<FairQueue::Head> Admission::Head() const {
  // With slots to spare it is tokens that are shared out; for the last slot, slots are.
  return queue_.Next(budget_.slots().NextIsLast() ? FairQueue::Scarce::kSlots
                                                  : FairQueue::Scarce::kTokens);
}

}  // namespace segue::services
