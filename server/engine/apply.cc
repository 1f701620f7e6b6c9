#include "server/engine/apply.h"

#include <utility>
#include <variant>
#include <vector>

#include "server/engine/await.h"
#include "server/engine/redrive.h"
#include "server/engine/states.h"
#include "server/engine/step.h"

namespace segue::engine {
namespace {

// One event at work on one execution. Each operator says whether the event is taken: a stale one is
// not.
class Applier {
 public:
  Applier(const language::Workflow& workflow, Execution& execution, absl::Time now,
          Transition& transition)
      : execution_(execution), now_(now), step_(workflow, execution, now, transition) {}

  bool operator()(const Started&) {
    if (execution_.next_branch != 0) return false;
    step_.Start();
    return true;
  }

  // Neither changes what the execution does: nothing is taken.
  bool operator()(const AttemptStarted& started) {
    NoteStart(step_, started);
    return false;
  }
  bool operator()(const RecordStarts&) { return false; }

  bool operator()(const AttemptFinished& finished) {
    Branch* branch = FindCalling(execution_, finished.attempt);
    if (branch == nullptr) return false;
    execution_.SetDue(*branch, std::nullopt);
    execution_.SetPhase(*branch, BranchPhase::kReady);
    if (step_.StateOf(*branch).type == language::StateType::kMap) {
      execution_.SetPhase(*branch, BranchPhase::kJoining);
      step_.Settle(*branch, EndMapRun(step_, *branch, finished));
      return true;
    }
    step_.Settle(*branch, EndAttempt(step_, *branch, finished));
    return true;
  }

  bool operator()(const TaskCompleted& completed) {
    if (!IsAwaited(step_.workflow(), execution_, completed.attempt)) return false;
    Branch& branch = *execution_.Find(completed.attempt.branch);
    if (branch.phase == BranchPhase::kCalling) step_.CancelCall(branch);
    execution_.SetDue(branch, std::nullopt);
    execution_.SetPhase(branch, BranchPhase::kReady);
    step_.Settle(branch, EndByToken(step_, branch, completed));
    return true;
  }

  bool operator()(const TaskHeartbeat& heartbeat) {
    if (!IsAwaited(step_.workflow(), execution_, heartbeat.attempt)) return false;
    Branch& branch = *execution_.Find(heartbeat.attempt.branch);
    // Before the call's answer nothing counts yet.
    if (branch.phase != BranchPhase::kAwaitingToken) return false;
    step_.Block(branch, BranchPhase::kAwaitingToken, TaskDue(branch, now_));
    return true;
  }

  bool operator()(const TimePassed&) {
    if (execution_.deadline && *execution_.deadline <= now_) {
      step_.Close({.status = ExecutionStatus::kTimedOut,
                   .error = WorkflowError{"States.Timeout", ""},
                   .output = {}});
      return true;
    }
    // Listed first: what wakes now may set a timer for now again, and that is for the next event.
    std::vector<BranchId> due;
    for (const auto& [time, id] : execution_.timers) {
      if (time > now_) break;
      due.push_back(id);
    }
    for (const BranchId id : due) {
      // Another that woke may have ended this one.
      Branch* branch = execution_.Find(id);
      if (branch != nullptr && branch->due && *branch->due <= now_) step_.Wake(*branch);
    }
    return !due.empty();
  }

  bool operator()(const Cancelled& cancelled) {
    std::optional<WorkflowError> error;
    if (!cancelled.error.empty() || !cancelled.cause.empty()) {
      error = WorkflowError{cancelled.error, cancelled.cause};
    }
    step_.Close({.status = ExecutionStatus::kCancelled, .error = std::move(error), .output = {}});
    return true;
  }

  bool operator()(const Resumed&) { return !execution_.ready.empty(); }

  bool operator()(const Redriven& redriven) {
    step_.Redrive(redriven);
    return true;
  }

  // What went out before the event happened is in the history before it.
  void RecordStartsBefore(const Event& event) {
    if (!std::holds_alternative<AttemptStarted>(event)) RecordNotedStarts(step_);
  }

  void RunReady() {
    step_.RunReady();
    step_.Finish();
  }

 private:
  Execution& execution_;
  const absl::Time now_;
  Step step_;
};

}  // namespace

Transition Apply(const language::Workflow& workflow, Execution& execution, const Event& event,
                 absl::Time now) {
  Transition transition;
  const bool is_redrive = std::holds_alternative<Redriven>(event);
  if (is_redrive ? !IsRedrivable(execution) : IsClosed(execution.status)) return transition;
  // One Resume is out at a time: whoever leaves the first branch ready asks for it, and the event
  // that answers it asks for the next.
  const bool resume_is_out = !execution.ready.empty() && !std::holds_alternative<Resumed>(event);
  Applier applier(workflow, execution, now, transition);
  applier.RecordStartsBefore(event);
  if (!std::visit(applier, event)) return transition;
  applier.RunReady();
  if (!execution.ready.empty() && !resume_is_out) transition.effects.push_back(Resume());
  return transition;
}

bool IsInFlight(const Execution& execution, const AttemptId& attempt) {
  const Branch* branch = execution.Find(attempt.branch);
  return branch != nullptr && branch->phase == BranchPhase::kCalling &&
         branch->visit == attempt.visit && branch->attempt == attempt.attempt;
}

std::vector<StartAttempt> AttemptsInFlight(const language::Workflow& workflow,
                                           const Execution& execution) {
  std::vector<StartAttempt> attempts;
  attempts.reserve(execution.calling.size());
  for (const BranchId id : execution.calling) {
    const Branch& branch = *execution.Find(id);
    if (IsDistributed(workflow.state(branch.state))) continue;
    attempts.push_back(AttemptOf(workflow, execution, branch));
  }
  return attempts;
}

std::vector<AttemptId> MapRunsInFlight(const language::Workflow& workflow,
                                       const Execution& execution) {
  std::vector<AttemptId> runs;
  for (const BranchId id : execution.calling) {
    const Branch& branch = *execution.Find(id);
    if (!IsDistributed(workflow.state(branch.state))) continue;
    runs.push_back({branch.id, branch.visit, branch.attempt});
  }
  return runs;
}

}  // namespace segue::engine
