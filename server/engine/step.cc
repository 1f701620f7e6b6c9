#include "server/engine/step.h"

#include <algorithm>
#include <vector>

#include "server/base/check.h"
#include "server/engine/apply.h"
#include "server/engine/await.h"
#include "server/engine/map_run.h"
#include "server/engine/states.h"

namespace segue::engine {
namespace {

using language::State;
using language::StateType;

HistoryEventType EnteredType(StateType type) {
  switch (type) {
    case StateType::kTask:
      return HistoryEventType::kTaskStateEntered;
    case StateType::kParallel:
      return HistoryEventType::kParallelStateEntered;
    case StateType::kMap:
      return HistoryEventType::kMapStateEntered;
    case StateType::kWait:
      return HistoryEventType::kWaitStateEntered;
    case StateType::kPass:
      return HistoryEventType::kPassStateEntered;
    case StateType::kChoice:
      return HistoryEventType::kChoiceStateEntered;
    case StateType::kSucceed:
      return HistoryEventType::kSucceedStateEntered;
    case StateType::kFail:
      return HistoryEventType::kFailStateEntered;
  }
  SEGUE_CHECK(false);
  return HistoryEventType::kFailStateEntered;
}

// A Fail state is never left.
HistoryEventType ExitedType(StateType type) {
  switch (type) {
    case StateType::kTask:
      return HistoryEventType::kTaskStateExited;
    case StateType::kParallel:
      return HistoryEventType::kParallelStateExited;
    case StateType::kMap:
      return HistoryEventType::kMapStateExited;
    case StateType::kWait:
      return HistoryEventType::kWaitStateExited;
    case StateType::kPass:
      return HistoryEventType::kPassStateExited;
    case StateType::kChoice:
      return HistoryEventType::kChoiceStateExited;
    case StateType::kSucceed:
      return HistoryEventType::kSucceedStateExited;
    case StateType::kFail:
      break;
  }
  SEGUE_CHECK(false);
  return HistoryEventType::kPassStateExited;
}

// Null for an effect that starts nothing.
const AttemptId* StartedBy(const Effect& effect) {
  if (const auto* call = std::get_if<StartAttempt>(&effect)) return &call->attempt;
  if (const auto* run = std::get_if<StartMapRun>(&effect)) return &run->attempt;
  return nullptr;
}

// What a branch holds for the state that it leaves.
void Forget(Branch& branch) {
  branch.attempt = 0;
  branch.retries.clear();
  branch.arguments = Json();
  branch.timeout.reset();
  branch.heartbeat.reset();
  branch.submitted.reset();
  branch.started = absl::Time();
  branch.items = Json();
  branch.max_concurrency = 0;
  branch.tolerated_failures = 0;
  branch.error.reset();
  branch.map_run.reset();
}

}  // namespace

Finished Done(const State& state, Json result) {
  return Finished{std::move(result), state.next, &state.assign, nullptr};
}

Step::Step(const language::Workflow& workflow, Execution& execution, absl::Time now,
           Transition& transition)
    : workflow_(workflow),
      execution_(execution),
      now_(now),
      transition_(transition),
      entries_left_(kStepsPerApplyMax) {}

const State& Step::StateOf(const Branch& branch) const { return workflow_.state(branch.state); }

Evaluator::Place Step::PlaceOf(const Branch& branch) const {
  return {.workflow = workflow_,
          .execution = execution_,
          .branch = branch,
          .now = now_,
          .context = context_,
          .inspector = inspector_};
}

void Step::Block(Branch& branch, BranchPhase phase, std::optional<absl::Time> due) {
  execution_.SetPhase(branch, phase);
  execution_.SetDue(branch, due);
  Touch(branch);
}

void Step::StartCall(Branch& branch, StartAttempt attempt, std::optional<absl::Time> due) {
  Block(branch, BranchPhase::kCalling, due);
  transition_.effects.push_back(std::move(attempt));
}

void Step::StartRun(Branch& branch) {
  Block(branch, BranchPhase::kCalling);
  transition_.effects.push_back(StartMapRun{{branch.id, branch.visit, branch.attempt}});
}

void Step::CancelCall(const Branch& branch) {
  CancelAttempt cancel{.attempt = {branch.id, branch.visit, branch.attempt}};
  const State& state = StateOf(branch);
  if (const auto* task = std::get_if<language::TaskState>(&state.detail)) {
    const bool is_awaited = CompletingOf(task->resource) == Completing::kByFollowUp;
    if (is_awaited) cancel.start = AttemptOf(workflow_, execution_, branch);
  } else {
    const bool has_batches = std::get<language::MapState>(state.detail).item_batcher.has_value();
    using Children = CancelAttempt::MapRun::Children;
    cancel.map_run = {.id = MapRunIdOf(workflow_, execution_, branch),
                      .children = has_batches ? Children::kOfBatches : Children::kOfItems};
  }
  transition_.effects.push_back(std::move(cancel));
}

void Step::Settle(Branch& branch, Verdict verdict) {
  Touch(branch);
  if (const auto* finished = std::get_if<Finished>(&verdict)) return Leave(branch, *finished);
  if (const auto* failed = std::get_if<Failed>(&verdict)) return Fail(branch, *failed);
}

void Step::Wake(Branch& branch) {
  const BranchPhase phase = branch.phase;
  execution_.SetDue(branch, std::nullopt);
  execution_.SetPhase(branch, BranchPhase::kReady);
  branch.error.reset();
  switch (phase) {
    case BranchPhase::kWaiting:
      return Settle(branch, EndWait(*this, branch));
    case BranchPhase::kBackoff:
      return Settle(branch, Begin(branch));
    case BranchPhase::kCalling:
      CancelCall(branch);
      return Settle(branch, EndOverdue(*this, branch));
    case BranchPhase::kAwaitingToken:
      return Settle(branch, EndOverdue(*this, branch));
    case BranchPhase::kReady:
    case BranchPhase::kJoining:
    case BranchPhase::kFinished:
    case BranchPhase::kStopped:
      SEGUE_CHECK(false);  // these have no time
  }
}

void Step::RunReady() {
  CloseIfHistoryIsFull();
  while (entries_left_ > 0 && !execution_.ready.empty()) {
    auto next = execution_.ready.upper_bound(execution_.served_last);
    if (next == execution_.ready.end()) next = execution_.ready.begin();
    execution_.served_last = *next;
    TakeTurn(execution_.served_last);
  }
}

void Step::TakeTurn(BranchId id) {
  for (int entered = 0; entered < kStepsPerTurnMax && entries_left_ > 0; ++entered) {
    Branch* branch = execution_.Find(id);
    if (branch == nullptr || branch->phase != BranchPhase::kReady) return;
    --entries_left_;
    Enter(*branch);
    CloseIfHistoryIsFull();
  }
}

void Step::Enter(Branch& branch) {
  const State& state = StateOf(branch);
  ++branch.visit;
  branch.entered = now_;
  branch.retries.assign(state.retry.size(), 0);
  HistoryEvent& event = Record(branch, EnteredType(state.type));
  event.name = state.name;
  event.input = branch.input;
  branch.entered_event = event.id;
  Settle(branch, Begin(branch));
}

Verdict Step::Begin(Branch& branch) {
  switch (StateOf(branch).type) {
    case StateType::kTask:
      return BeginTask(*this, branch);
    case StateType::kParallel:
      return BeginParallel(*this, branch);
    case StateType::kMap:
      return BeginMap(*this, branch);
    case StateType::kWait:
      return BeginWait(*this, branch);
    case StateType::kPass:
      return BeginPass(*this, branch);
    case StateType::kChoice:
      return BeginChoice(*this, branch);
    case StateType::kSucceed:
      return BeginSucceed(*this, branch);
    case StateType::kFail:
      return BeginFail(*this, branch);
  }
  SEGUE_CHECK(false);
  return Waiting();
}

void Step::Leave(Branch& branch, const Finished& finished) {
  Evaluator evaluator(PlaceOf(branch), Draw::kOutput);
  Outcome<Json> output = MakeOutput(evaluator, finished.result, finished.output);
  if (!output.ok()) return Fail(branch, Failed(output.error()));
  if (IsTooLarge(*output, execution_.limits)) {
    return Fail(branch, Failed(DataLimitExceeded(StateOf(branch).name)));
  }
  const Outcome<language::Variables> assigned =
      Assigned(evaluator, *finished.assign, {.result = &finished.result});
  if (!assigned.ok()) return Fail(branch, Failed(assigned.error()));
  MoveOn(branch, finished.next, *std::move(output), *assigned);
}

void Step::MoveOn(Branch& branch, language::StateIndex next, Json output,
                  const language::Variables& assigned) {
  const State& state = StateOf(branch);
  HistoryEvent& event = Record(branch, ExitedType(state.type));
  event.name = state.name;
  event.output = output;
  if (!assigned.empty()) event.assigned = Json(assigned);
  for (const auto& [name, value] : assigned) execution_.SetVariable(branch, name, value);
  RemoveChildren(branch);
  Forget(branch);
  if (next == language::kEnd) return EndBranch(branch, std::move(output));
  branch.state = next;
  branch.input = std::move(output);
  Block(branch, BranchPhase::kReady);
}

void Step::Finish() {
  // A call that this very Apply wanted and wants no longer is never made.
  std::set<AttemptId> cancelled;
  for (const Effect& effect : transition_.effects) {
    if (const auto* cancel = std::get_if<CancelAttempt>(&effect)) cancelled.insert(cancel->attempt);
  }
  if (cancelled.empty()) return;
  std::set<AttemptId> unmade;
  for (const Effect& effect : transition_.effects) {
    const AttemptId* started = StartedBy(effect);
    if (started != nullptr && cancelled.contains(*started)) unmade.insert(*started);
  }
  std::erase_if(transition_.effects, [&unmade](const Effect& effect) {
    if (const AttemptId* started = StartedBy(effect)) return unmade.contains(*started);
    if (const auto* cancel = std::get_if<CancelAttempt>(&effect)) {
      return unmade.contains(cancel->attempt);
    }
    return false;
  });
}

bool Step::IsRecorded(const Branch& branch) const {
  for (const Branch* at = &branch; at->parent;) {
    at = execution_.Find(*at->parent);
    if (IsDistributed(StateOf(*at))) return false;
  }
  return true;
}

HistoryEvent& Step::NewEventAt(absl::Time time, const Branch& branch, HistoryEventType type,
                               int64_t previous) {
  if (!IsRecorded(branch)) return unrecorded_ = HistoryEvent();
  HistoryEvent& event = transition_.history.emplace_back();
  event.id = ++execution_.last_event;
  // Less where the event before was dropped (EndFullHistory).
  event.previous_id = std::min(previous, event.id - 1);
  execution_.last_event_time = std::max(time, execution_.last_event_time);
  event.time = execution_.last_event_time;
  event.type = type;
  event.branch = branch.id;
  return event;
}

HistoryEvent& Step::Record(Branch& branch, HistoryEventType type) {
  HistoryEvent& event = NewEvent(branch, type, branch.last_event);
  branch.last_event = event.id;
  Touch(branch);
  return event;
}

HistoryEvent& Step::RecordPast(Branch& branch, HistoryEventType type, absl::Time time) {
  HistoryEvent& event = NewEventAt(time, branch, type, branch.last_event);
  branch.last_event = event.id;
  Touch(branch);
  return event;
}

HistoryEvent& Step::RecordAside(const Branch& branch, HistoryEventType type) {
  return NewEvent(branch, type, branch.last_event);
}

}  // namespace segue::engine
