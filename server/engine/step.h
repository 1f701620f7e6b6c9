#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <utility>
#include <variant>

#include "absl/time/time.h"
#include "server/base/outcome.h"
#include "server/engine/execution.h"
#include "server/engine/io.h"
#include "server/engine/transition.h"
#include "server/language/workflow.h"

// Inside the engine: one Apply. Nothing outside server/engine includes this.

namespace segue::engine {

// What comes of a state when something has happened in it. The branch itself is changed by the Step
// alone, which knows whether it is still there.

// The branch blocks in the state; its phase says on what.
struct Waiting {};

// The state has done its work.
struct Finished {
  Json result;
  language::StateIndex next = language::kEnd;
  // A Choice rule may bring its own.
  const language::Assignments* assign = nullptr;
  language::ExpressionPtr output;
};

// It has failed: Retry and Catch decide.
struct Failed {
  // NOLINTNEXTLINE(google-explicit-constructor): SEGUE_TRY returns errors as verdicts
  Failed(WorkflowError what) : error(std::move(what)) {}
  WorkflowError error;
  std::optional<absl::Duration> retry_after;  // a lower bound for the backoff
};

using Verdict = std::variant<Waiting, Finished, Failed>;

// The state as its definition has it.
Finished Done(const language::State& state, Json result);

// One Apply at work: the execution, the time, and the transition that grows. Functions that take a
// Branch& may remove it unless they say otherwise: do not touch it after them.
class Step {
 public:
  Step(const language::Workflow& workflow, Execution& execution, absl::Time now,
       Transition& transition);
  Step(const Step&) = delete;
  Step& operator=(const Step&) = delete;

  // --- What the state types use (task.cc, map.cc, ...). None of these removes a branch.

  Execution& execution() { return execution_; }
  const language::Workflow& workflow() const { return workflow_; }
  const language::State& StateOf(const Branch& branch) const;
  absl::Time now() const { return now_; }
  // Where the expressions of the branch's state are evaluated.
  Evaluator::Place PlaceOf(const Branch& branch) const;

  // A history event of the branch, the next of its chain (previousEventId). The reference holds
  // until the next event. Inside a DISTRIBUTED Map nothing is recorded: AWS's iterations are
  // executions of their own there, and so are their histories.
  HistoryEvent& Record(Branch& branch, HistoryEventType type);
  // The same, of what happened at `time`, if nothing later is recorded already: times never go
  // back.
  HistoryEvent& RecordPast(Branch& branch, HistoryEventType type, absl::Time time);
  // An event beside the chain: the branch's next one does not follow it.
  HistoryEvent& RecordAside(const Branch& branch, HistoryEventType type);
  // All children of the branch are done.
  void RecordJoined(Branch& branch);

  // Blocks the branch, until `due` if given.
  void Block(Branch& branch, BranchPhase phase, std::optional<absl::Time> due = std::nullopt);
  // Blocks the branch until the attempt comes to its end, or until `due` if given.
  void StartCall(Branch& branch, StartAttempt attempt,
                 std::optional<absl::Time> due = std::nullopt);

  // The result of the call that is out, and what it starts, is not wanted any more.
  void CancelCall(const Branch& branch);
  // Blocks the branch until its Map Run comes to its end.
  void StartRun(Branch& branch);

  // Sets ids aside for all children that the branch will have.
  void ReserveChildren(Branch& branch, int64_t count);
  // The next child of the branch, about to enter `first`; its history goes on from event
  // `previous`.
  struct Child {
    language::StateIndex first = language::kEnd;
    Json input;
    std::optional<MapItem> item;
    int64_t previous = 0;
  };
  Branch& AddChild(Branch& parent, Child child);
  // Sets the first child that is kStopped going again.
  void ContinueChild(Branch& parent);

  // --- What SingleState does.

  // From now on expressions see `context`, where it is given, and `inspector` what they make.
  void Watch(const Json* context, Inspector* inspector) {
    context_ = context;
    inspector_ = inspector;
  }
  // Does the state's work, as far as it goes without waiting.
  Verdict Begin(Branch& branch);

  // --- What the events do (apply.cc).

  // Makes the root branch.
  void Start();
  // Acts on what has come of the branch's state.
  void Settle(Branch& branch, Verdict verdict);
  // The branch's time has come.
  void Wake(Branch& branch);
  // Lets the branches that are ready run, in turn, until all block or the steps of one Apply are
  // used up.
  void RunReady();
  // Ends the execution: calls are cancelled, branches removed.
  struct Ending {
    ExecutionStatus status = ExecutionStatus::kSucceeded;
    std::optional<WorkflowError> error;
    Json output;
  };
  void Close(Ending ending);
  // Opens it again: what failed or was aborted goes on (redrive.cc).
  void Redrive(const Redriven& redriven);
  // The last touch to the transition's effects.
  void Finish();

 private:
  // step.cc: one branch on its way from state to state.
  void TakeTurn(BranchId id);
  void Enter(Branch& branch);
  void Leave(Branch& branch, const Finished& finished);
  void MoveOn(Branch& branch, language::StateIndex next, Json output,
              const language::Variables& assigned);

  // failure.cc: what an error does.
  void Fail(Branch& branch, const Failed& failed);
  bool Retry(Branch& branch, const Failed& failed);
  bool Catch(Branch& branch, const WorkflowError& error);
  void FailBranch(Branch& branch, const WorkflowError& error);
  void AbortChildren(Branch& parent, int64_t previous);
  void AbortBranch(Branch& branch, int64_t previous);
  void RecordEvaluationFailed(Branch& branch, const WorkflowError& error);
  void RecordStateFailed(Branch& branch, const WorkflowError& error);
  void RecordStateAborted(const Branch& branch, int64_t previous);

  // children.cc: between a branch and its parent.
  void EndBranch(Branch& branch, Json output);
  void ChildFinished(Branch& child);
  void Join(Branch& parent);
  void RemoveBranch(BranchId id);
  void RemoveChildren(Branch& parent);
  void RecordEnding(const Ending& ending);
  void CloseIfHistoryIsFull();

  // redrive.cc: what stopped, kept and set going again.
  void Stop(Branch& branch, std::optional<WorkflowError> error);
  void StopAll();
  void Continue(Branch& branch);
  void Rejoin(Branch& parent);
  void RedriveMapRun(Branch& branch);
  void FillMap(Branch& map);

  bool IsRecorded(const Branch& branch) const;
  HistoryEvent& NewEvent(const Branch& branch, HistoryEventType type, int64_t previous) {
    return NewEventAt(now_, branch, type, previous);
  }
  HistoryEvent& NewEventAt(absl::Time time, const Branch& branch, HistoryEventType type,
                           int64_t previous);
  bool HistoryIsFull() const;
  Ending EndFullHistory();
  void Touch(const Branch& branch) { transition_.branches_changed.insert(branch.id); }

  const language::Workflow& workflow_;
  Execution& execution_;
  const absl::Time now_;
  Transition& transition_;
  int entries_left_;
  std::set<BranchId> created_;  // by this Apply: the store does not know them yet
  const Json* context_ = nullptr;
  Inspector* inspector_ = nullptr;
  HistoryEvent unrecorded_;  // stands in for events that are not recorded
};

}  // namespace segue::engine
