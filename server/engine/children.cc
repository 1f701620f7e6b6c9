#include <cstdint>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/base/check.h"
#include "server/engine/retry.h"
#include "server/engine/states.h"
#include "server/engine/step.h"

// Between a branch and its parent: a Parallel or Map state opens child branches, and goes on when
// all have come to their end. A child that ends leaves its parent's record alone, so that a Map
// over many items does not write it for each: how many have ended is counted, not stored.

namespace segue::engine {

int64_t ChildrenOf(const language::State& state, const Branch& branch) {
  if (const auto* parallel = std::get_if<language::ParallelState>(&state.detail)) {
    return static_cast<int64_t>(parallel->branches.size());
  }
  return static_cast<int64_t>(branch.items.array().size());
}

namespace {

// A child of a Map Run runs the Map's processor: a block of the same workflow.
language::StateIndex FirstStateOf(const language::Workflow& workflow, const Execution& execution) {
  if (execution.start_state.empty()) return workflow.start;
  for (size_t index = 0; index < workflow.states.size(); ++index) {
    if (workflow.states[index].name == execution.start_state) {
      return static_cast<language::StateIndex>(index);
    }
  }
  SEGUE_CHECK(false);  // whoever submits it takes the name from the workflow
  return language::kEnd;
}

}  // namespace

void Step::Start() {
  Branch root;
  root.id = BranchId(execution_.next_branch++);
  root.state = FirstStateOf(workflow_, execution_);
  root.input = execution_.input;
  created_.insert(root.id);
  Branch& branch = execution_.Add(std::move(root));
  // No chain begins with this event: the first state's previousEventId is 0 [recorded].
  RecordAside(branch, HistoryEventType::kExecutionStarted).input = execution_.input;
  Touch(branch);
  transition_.execution_changed = true;
}

void Step::ReserveChildren(Branch& branch, int64_t count) {
  branch.first_child = execution_.next_branch;
  branch.children_started = branch.children_finished = 0;
  branch.children_failed = branch.children_stopped = branch.stopped_from = 0;
  execution_.next_branch += static_cast<uint64_t>(count);
  transition_.execution_changed = true;
}

Branch& Step::AddChild(Branch& parent, Child child) {
  Branch branch;
  branch.index = parent.children_started++;
  branch.id = BranchId(parent.first_child + static_cast<uint64_t>(branch.index));
  branch.parent = parent.id;
  branch.item = std::move(child.item);
  branch.state = child.first;
  branch.input = std::move(child.input);
  created_.insert(branch.id);
  Branch& added = execution_.Add(std::move(branch));
  if (IsRecorded(added)) added.last_event = child.previous;
  Touch(added);
  return added;
}

void Step::RemoveBranch(BranchId id) {
  transition_.branches_changed.erase(id);
  if (created_.erase(id) == 0) transition_.branches_removed.insert(id);
  execution_.Remove(id);
}

// With all below it.
void Step::RemoveChildren(Branch& parent) {
  for (int64_t index = 0; index < parent.children_started; ++index) {
    const BranchId id(parent.first_child + static_cast<uint64_t>(index));
    RemoveChildren(*execution_.Find(id));
    RemoveBranch(id);
  }
  parent.children_started = parent.children_finished = 0;
  parent.children_failed = parent.children_stopped = parent.stopped_from = 0;
}

void Step::EndBranch(Branch& branch, Json output) {
  if (!branch.parent) {
    return Close({.status = ExecutionStatus::kSucceeded, .error = {}, .output = std::move(output)});
  }
  branch.output = std::move(output);
  branch.input = Json();
  execution_.ForgetVariables(branch);
  Block(branch, BranchPhase::kFinished);
  ChildFinished(branch);
}

void Step::ChildFinished(Branch& child) {
  Branch& parent = *execution_.Find(*child.parent);
  const language::State& state = StateOf(parent);
  ++parent.children_finished;
  const int64_t last = child.last_event;
  int64_t ending = last;  // what the parent goes on from
  if (state.type == language::StateType::kMap) {
    if (!child.error) {
      HistoryEvent& event = RecordAside(child, HistoryEventType::kMapIterationSucceeded);
      event.name = state.name;
      event.index = child.index;
      ending = event.id;
    }
    if (const std::optional<WorkflowError> error = StartNextItem(*this, parent, last)) {
      AbortChildren(parent, last);
      return Fail(parent, Failed(*error));
    }
  }
  if (parent.children_finished < ChildrenOf(state, parent)) return;
  if (IsRecorded(child)) parent.last_event = ending;
  Join(parent);
}

void Step::Join(Branch& parent) {
  Json::Array results;
  results.reserve(static_cast<size_t>(parent.children_started));
  for (int64_t index = 0; index < parent.children_started; ++index) {
    const BranchId id(parent.first_child + static_cast<uint64_t>(index));
    const Branch& child = *execution_.Find(id);
    results.push_back(child.error ? ErrorOutput(*child.error) : child.output);
  }
  RemoveChildren(parent);
  RecordJoined(parent);
  execution_.SetPhase(parent, BranchPhase::kReady);
  Settle(parent, Done(StateOf(parent), Json(std::move(results))));
}

void Step::RecordJoined(Branch& branch) {
  const language::State& state = StateOf(branch);
  if (IsDistributed(state)) Record(branch, HistoryEventType::kMapRunSucceeded).name = state.name;
  // The state's exit does not follow this event, but what came before it [recorded].
  RecordAside(branch, state.type == language::StateType::kMap
                          ? HistoryEventType::kMapStateSucceeded
                          : HistoryEventType::kParallelStateSucceeded)
      .name = state.name;
}

void Step::RecordEnding(const Ending& ending) {
  // Where it ends of itself, this follows the root's last event; where it is ended from outside,
  // nothing [recorded].
  const Branch nothing;
  const Branch* root = execution_.Find(BranchId(0));
  HistoryEvent* event = nullptr;
  switch (ending.status) {
    case ExecutionStatus::kRunning:
      SEGUE_CHECK(false);
      return;
    case ExecutionStatus::kSucceeded:
      event = &RecordAside(*root, HistoryEventType::kExecutionSucceeded);
      event->output = ending.output;
      return;
    case ExecutionStatus::kFailed:
      event = &RecordAside(*root, HistoryEventType::kExecutionFailed);
      break;
    case ExecutionStatus::kTimedOut:
      event = &RecordAside(nothing, HistoryEventType::kExecutionTimedOut);
      break;
    case ExecutionStatus::kCancelled:
      event = &RecordAside(nothing, HistoryEventType::kExecutionAborted);
      break;
  }
  if (!ending.error) return;
  if (!ending.error->name.empty()) event->error = ending.error->name;
  if (!ending.error->cause.empty()) event->cause = ending.error->cause;
}

bool Step::HistoryIsFull() const {
  const int64_t most = execution_.limits.history_events_max;
  const bool has_limit = most > 0 && execution_.type == ExecutionType::kStandard;
  return has_limit && execution_.last_event >= most;
}

// Events of this transition that are too many are not recorded; its end is the last one (Developer
// Guide, "Service quotas", execution event history size).
Step::Ending Step::EndFullHistory() {
  const int64_t most = execution_.limits.history_events_max;
  while (execution_.last_event >= most && !transition_.history.empty()) {
    transition_.history.pop_back();
    --execution_.last_event;
  }
  const WorkflowError error{
      "States.Runtime",
      absl::StrCat("The execution reached the maximum number of history events (", most, ").")};
  return {.status = ExecutionStatus::kFailed, .error = error, .output = {}};
}

void Step::CloseIfHistoryIsFull() {
  if (!IsClosed(execution_.status) && HistoryIsFull()) Close({});
}

// Another end where the history has no room for this one.
void Step::Close(Ending ending) {
  if (HistoryIsFull()) ending = EndFullHistory();
  for (const BranchId id : execution_.calling) CancelCall(*execution_.Find(id));
  RecordEnding(ending);
  if (ending.status == ExecutionStatus::kSucceeded || execution_.type == ExecutionType::kExpress) {
    while (!execution_.branches.empty()) RemoveBranch(execution_.branches.begin()->first);
  } else {
    StopAll();
  }
  execution_.status = ending.status;
  execution_.error = std::move(ending.error);
  execution_.output = std::move(ending.output);
  execution_.end_time = now_;
  transition_.execution_changed = true;
  transition_.effects.push_back(Closed());
}

}  // namespace segue::engine
