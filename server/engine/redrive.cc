#include "server/engine/redrive.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "server/base/check.h"
#include "server/engine/map_run.h"
#include "server/engine/states.h"
#include "server/engine/step.h"

namespace segue::engine {
namespace {

using language::StateType;

// How many of the last tokens are kept (service-2.json, RedriveExecutionInput, clientToken).
constexpr size_t kTokensMax = 10;

bool IsUnsuccessful(const Branch& child) {
  return child.phase == BranchPhase::kStopped ||
         (child.phase == BranchPhase::kFinished && child.error);
}

// "If the state failed because of a States.DataLimitExceeded error, the state is rerun, including
// the branches that were successful" (Developer Guide, "Redrive behavior of individual states").
bool KeepsChildren(const std::optional<WorkflowError>& error) {
  return !error || error->name != "States.DataLimitExceeded";
}

// The same of a Map Run, and of one whose result could not be used: then a new one is started
// (Developer Guide, "Redriving Map Runs").
bool KeepsMapRun(const std::optional<WorkflowError>& error) {
  return KeepsChildren(error) && !(error && error->name == "States.Runtime");
}

bool HasRoom(const Branch& map) {
  const int64_t open = map.children_started - map.children_finished - map.children_stopped;
  return map.max_concurrency == 0 || open < map.max_concurrency;
}

}  // namespace

bool IsRedrivable(const Execution& execution) {
  if (!IsClosed(execution.status) || execution.status == ExecutionStatus::kSucceeded) return false;
  if (execution.type == ExecutionType::kExpress) return false;
  const Branch* root = execution.Find(BranchId(0));
  return root != nullptr && root->phase == BranchPhase::kStopped;
}

// `error`: what the branch failed with; nothing where it is aborted.
void Step::Stop(Branch& branch, std::optional<WorkflowError> error) {
  const bool was_entering = branch.phase == BranchPhase::kReady && !error;
  if (was_entering) branch.entered_event = 0;
  branch.error = std::move(error);
  Block(branch, BranchPhase::kStopped);
  if (!branch.parent) return;
  Branch& parent = *execution_.Find(*branch.parent);
  ++parent.children_stopped;
  parent.stopped_from = std::min(parent.stopped_from, branch.index);
}

void Step::StopAll() {
  for (auto& [id, branch] : execution_.branches) {
    if (!branch.has_ended()) Stop(branch, std::nullopt);
  }
}

void Step::Redrive(const Redriven& redriven) {
  execution_.status = ExecutionStatus::kRunning;
  execution_.error.reset();
  execution_.end_time.reset();
  // TimeoutSeconds counts anew. A deadline that came with the submit was one of the first attempt.
  const bool has_timeout = workflow_.timeout && execution_.start_state.empty();
  execution_.deadline = has_timeout ? std::optional(now_ + *workflow_.timeout) : std::nullopt;
  ++execution_.redrive_count;
  execution_.redrive_time = now_;
  execution_.run_redrive = redriven.run_redrive;
  if (!redriven.token.empty()) {
    execution_.redrive_tokens.push_back({.token = redriven.token, .time = now_});
    if (execution_.redrive_tokens.size() > kTokensMax) {
      execution_.redrive_tokens.erase(execution_.redrive_tokens.begin());
    }
  }
  transition_.execution_changed = true;
  Branch& root = *execution_.Find(BranchId(0));
  NewEvent(root, HistoryEventType::kExecutionRedriven, execution_.last_event).redrive_count =
      execution_.redrive_count;
  Continue(root);
  std::vector<BranchId> maps;
  for (const auto& [id, branch] : execution_.branches) {
    const bool is_map = branch.state >= 0 && StateOf(branch).type == StateType::kMap;
    if (is_map && branch.phase == BranchPhase::kJoining) maps.push_back(id);
  }
  for (const BranchId id : maps) {
    // Another may have ended this one.
    Branch* map = execution_.Find(id);
    if (map != nullptr && map->phase == BranchPhase::kJoining) FillMap(*map);
  }
}

// What stopped in a state begins it again: without another entry, with its retries counted anew,
// and with a history that goes on from the entry. A task's attempts are counted on, so that results
// of the old ones are recognised.
void Step::Continue(Branch& branch) {
  SEGUE_CHECK(branch.phase == BranchPhase::kStopped);
  if (branch.parent) --execution_.Find(*branch.parent)->children_stopped;
  const std::optional<WorkflowError> error = std::exchange(branch.error, std::nullopt);
  if (branch.entered_event == 0) return Block(branch, BranchPhase::kReady);
  branch.retries.assign(StateOf(branch).retry.size(), 0);
  branch.last_event = branch.entered_event;
  if (branch.children_started > 0 && KeepsChildren(error)) return Rejoin(branch);
  if (branch.map_run && KeepsMapRun(error)) return RedriveMapRun(branch);
  RemoveChildren(branch);
  Block(branch, BranchPhase::kBackoff, now_);
}

// A Parallel or Map waits again: for those of its children that had no success.
void Step::Rejoin(Branch& parent) {
  Block(parent, BranchPhase::kJoining);
  parent.stopped_from = 0;
  for (int64_t index = 0; index < parent.children_started; ++index) {
    Branch& child = *execution_.Find(BranchId(parent.first_child + static_cast<uint64_t>(index)));
    if (!IsUnsuccessful(child)) continue;
    if (child.phase == BranchPhase::kFinished) {
      // A failure that was tolerated.
      --parent.children_finished;
      --parent.children_failed;
      ++parent.children_stopped;
      Block(child, BranchPhase::kStopped);
    }
    const bool is_parallel = StateOf(parent).type == StateType::kParallel;
    if (is_parallel || HasRoom(parent)) Continue(child);
  }
}

void Step::ContinueChild(Branch& parent) {
  for (; parent.stopped_from < parent.children_started; ++parent.stopped_from) {
    const auto index = static_cast<uint64_t>(parent.stopped_from);
    Branch& child = *execution_.Find(BranchId(parent.first_child + index));
    if (child.phase == BranchPhase::kStopped) return Continue(child);
  }
}

// Starts items that had not begun, as far as MaxConcurrency allows beside those that go on.
void Step::FillMap(Branch& map) {
  while (HasRoom(map) && map.children_started < ChildrenOf(StateOf(map), map)) {
    const std::optional<WorkflowError> error = StartNextItem(*this, map, map.last_event);
    if (!error) continue;
    AbortChildren(map, map.last_event);
    return Fail(map, Failed(*error));
  }
}

// The same run goes on: with the same id, for its children that had no success.
void Step::RedriveMapRun(Branch& branch) {
  ++branch.map_run->redrives;
  branch.last_event = branch.map_run->state_started_event;
  HistoryEvent& event = Record(branch, HistoryEventType::kMapRunRedriven);
  event.name = StateOf(branch).name;
  event.map_run = MapRunIdOf(workflow_, execution_, branch);
  event.redrive_count = branch.map_run->redrives;
  StartRun(branch);
}

}  // namespace segue::engine
