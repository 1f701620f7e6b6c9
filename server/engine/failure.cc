#include <algorithm>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "server/engine/retry.h"
#include "server/engine/states.h"
#include "server/engine/step.h"

// What an error does: the state's Retry, then its Catch, then it is the parent's error, whose other
// branches are aborted, and in the end the execution's (States Language, "Errors").

namespace segue::engine {

using language::StateType;

namespace {

// However long a service asks for: an execution ends (ARCHITECTURE.md, invariant 7).
constexpr absl::Duration kRetryAfterMax = absl::Hours(1);

}  // namespace

// In one step with the entry of its state, it does not follow that but what came before; a Wait is
// looked at in a step of its own [recorded].
void Step::RecordEvaluationFailed(Branch& branch, const WorkflowError& error) {
  if (StateOf(branch).type != StateType::kWait && branch.last_event == branch.entered_event) {
    for (const HistoryEvent& event : transition_.history) {
      if (event.id == branch.entered_event) branch.last_event = event.previous_id;
    }
  }
  HistoryEvent& event = Record(branch, HistoryEventType::kEvaluationFailed);
  event.name = StateOf(branch).name;
  event.error = error.name;
  event.cause = error.cause;
  event.location = error.location;
}

void Step::Fail(Branch& branch, const Failed& failed) {
  const bool is_of_children = branch.phase == BranchPhase::kJoining;
  if (failed.error.name == kEvaluationError && !is_of_children) {
    RecordEvaluationFailed(branch, failed.error);
  }
  if (Retry(branch, failed)) return;
  RecordStateFailed(branch, failed.error);
  if (Catch(branch, failed.error)) return;
  FailBranch(branch, failed.error);
}

bool Step::Retry(Branch& branch, const Failed& failed) {
  const std::vector<language::Retrier>& retriers = StateOf(branch).retry;
  const auto retrier =
      std::find_if(retriers.begin(), retriers.end(), [&failed](const language::Retrier& candidate) {
        return Matches(candidate.error_equals, failed.error);
      });
  if (retrier == retriers.end()) return false;
  int& used = branch.retries[static_cast<size_t>(retrier - retriers.begin())];
  if (used >= retrier->max_attempts) return false;
  Random random = RandomFor(execution_, branch, Draw::kBackoff, branch.attempt);
  const absl::Duration delay = Backoff(*retrier, used, random);
  const absl::Duration asked =
      std::min(failed.retry_after.value_or(absl::ZeroDuration()), kRetryAfterMax);
  ++used;
  RemoveChildren(branch);
  branch.error = failed.error;
  Block(branch, BranchPhase::kBackoff, now_ + std::max(delay, asked));
  return true;
}

bool Step::Catch(Branch& branch, const WorkflowError& error) {
  const std::vector<language::Catcher>& catchers = StateOf(branch).catchers;
  const auto catcher =
      std::find_if(catchers.begin(), catchers.end(), [&error](const language::Catcher& candidate) {
        return Matches(candidate.error_equals, error);
      });
  if (catcher == catchers.end()) return false;
  const Json error_output = ErrorOutput(error);
  Evaluator evaluator(PlaceOf(branch), Draw::kOutput);
  Outcome<Json> output = MakeCaughtOutput(evaluator, *catcher, error_output);
  if (!output.ok()) {
    FailBranch(branch, output.error());
    return true;
  }
  const Outcome<language::Variables> assigned =
      Assigned(evaluator, catcher->assign, {.error_output = &error_output});
  if (!assigned.ok()) {
    FailBranch(branch, assigned.error());
    return true;
  }
  MoveOn(branch, catcher->next, *std::move(output), *assigned);
  return true;
}

void Step::FailBranch(Branch& branch, const WorkflowError& error) {
  if (!branch.parent) {
    Stop(branch, error);
    return Close({.status = ExecutionStatus::kFailed, .error = error, .output = {}});
  }
  Branch& parent = *execution_.Find(*branch.parent);
  const language::State& state = StateOf(parent);
  const int64_t last = branch.last_event;
  if (state.type == StateType::kMap) {
    HistoryEvent& event = RecordAside(branch, HistoryEventType::kMapIterationFailed);
    event.name = state.name;
    event.index = branch.index;
  }
  // A Task that failed is aborted as a state all the same [recorded].
  if (StateOf(branch).type == StateType::kTask) RecordStateAborted(branch, last);
  ++parent.children_failed;
  if (state.type == StateType::kMap && IsTolerated(parent)) {
    branch.error = error;
    Block(branch, BranchPhase::kFinished);
    return ChildFinished(branch);
  }
  --parent.children_failed;
  if (IsRecorded(branch)) parent.last_event = last;
  Stop(branch, error);
  AbortChildren(parent, last);
  Touch(parent);
  Fail(parent, Failed(state.type == StateType::kMap ? MapError(state, error) : error));
}

void Step::AbortChildren(Branch& parent, int64_t previous) {
  const language::State& state = StateOf(parent);
  for (int64_t index = 0; index < parent.children_started; ++index) {
    const BranchId id(parent.first_child + static_cast<uint64_t>(index));
    Branch& child = *execution_.Find(id);
    if (child.has_ended()) continue;
    if (state.type == StateType::kMap) {
      HistoryEvent& event = NewEvent(child, HistoryEventType::kMapIterationAborted, previous);
      event.name = state.name;
      event.index = child.index;
    }
    AbortBranch(child, previous);
  }
}

void Step::AbortBranch(Branch& branch, int64_t previous) {
  if (branch.phase == BranchPhase::kCalling) CancelCall(branch);
  if (branch.phase != BranchPhase::kReady) RecordStateAborted(branch, previous);
  AbortChildren(branch, previous);
  Stop(branch, std::nullopt);
}

void Step::RecordStateFailed(Branch& branch, const WorkflowError& error) {
  const language::State& state = StateOf(branch);
  // A state whose own fields are wrong fails without a word, but for the errors of expressions
  // [recorded].
  const bool has_begun = branch.phase == BranchPhase::kJoining;
  if (!has_begun && error.name != kEvaluationError) return;
  if (state.type == StateType::kParallel) {
    Record(branch, HistoryEventType::kParallelStateFailed).name = state.name;
  }
  if (state.type == StateType::kMap) {
    if (has_begun && IsDistributed(state)) {
      Record(branch, HistoryEventType::kMapRunFailed).name = state.name;
    }
    Record(branch, HistoryEventType::kMapStateFailed).name = state.name;
  }
}

void Step::RecordStateAborted(const Branch& branch, int64_t previous) {
  const language::State& state = StateOf(branch);
  const auto record = [&](HistoryEventType type) {
    NewEvent(branch, type, previous).name = state.name;
  };
  switch (state.type) {
    case StateType::kTask:
      return record(HistoryEventType::kTaskStateAborted);
    case StateType::kParallel:
      return record(HistoryEventType::kParallelStateAborted);
    case StateType::kMap:
      if (IsDistributed(state)) record(HistoryEventType::kMapRunAborted);
      return record(HistoryEventType::kMapStateAborted);
    case StateType::kWait:
      return record(HistoryEventType::kWaitStateAborted);
    case StateType::kPass:
    case StateType::kChoice:
    case StateType::kSucceed:
    case StateType::kFail:
      return;  // nothing waits in these
  }
}

}  // namespace segue::engine
