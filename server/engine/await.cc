#include "server/engine/await.h"

#include <algorithm>
#include <utility>

#include "server/engine/states.h"

namespace segue::engine {

using language::Resource;

Completing CompletingOf(const Resource& resource) {
  if (IsPulled(resource) || resource.completion == Resource::Completion::kTaskToken) {
    return Completing::kByToken;
  }
  return resource.completion == Resource::Completion::kResponse ? Completing::kByAnswer
                                                                : Completing::kByFollowUp;
}

bool IsPulled(const Resource& resource) {
  return resource.kind == Resource::Kind::kActivity || resource.kind == Resource::Kind::kWorker;
}

bool IsAwaited(const language::Workflow& workflow, const Execution& execution,
               const AttemptId& attempt) {
  const Branch* branch = execution.Find(attempt.branch);
  if (branch == nullptr || branch->state < 0) return false;
  if (branch->visit != attempt.visit || branch->attempt != attempt.attempt) return false;
  if (branch->phase == BranchPhase::kAwaitingToken) return true;
  if (branch->phase != BranchPhase::kCalling) return false;
  const auto* task = std::get_if<language::TaskState>(&workflow.state(branch->state).detail);
  return task != nullptr && CompletingOf(task->resource) == Completing::kByToken;
}

std::optional<absl::Time> TaskDue(const Branch& branch, absl::Time heard) {
  std::optional<absl::Time> due;
  if (branch.timeout) due = branch.started + *branch.timeout;
  if (branch.heartbeat) {
    due = std::min(due.value_or(absl::InfiniteFuture()), heard + *branch.heartbeat);
  }
  return due;
}

Verdict AwaitResult(Step& step, Branch& branch, const Json& answer) {
  const Resource& resource = std::get<language::TaskState>(step.StateOf(branch).detail).resource;
  const std::optional<absl::Time> due = TaskDue(branch, step.now());
  if (CompletingOf(resource) == Completing::kByToken) {
    step.Block(branch, BranchPhase::kAwaitingToken, due);
    return Waiting();
  }
  branch.submitted = answer;
  step.StartCall(branch, AttemptOf(step.workflow(), step.execution(), branch), due);
  return Waiting();
}

}  // namespace segue::engine
