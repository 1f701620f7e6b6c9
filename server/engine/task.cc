#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/base/check.h"
#include "server/engine/apply.h"
#include "server/engine/await.h"
#include "server/engine/idempotency_key.h"
#include "server/engine/states.h"
#include "server/engine/task_token.h"

namespace segue::engine {
namespace {

using language::Resource;

std::string ResourceType(const Resource& resource) {
  switch (resource.kind) {
    case Resource::Kind::kGrpc:
      return "grpc";
    case Resource::Kind::kHttp:
    case Resource::Kind::kHttpInvoke:
      return "http";
    case Resource::Kind::kLambda:
      return "lambda";
    case Resource::Kind::kSql:
      return "sql";
    case Resource::Kind::kWorker:
      return "worker";
    case Resource::Kind::kActivity:
      return "activity";
    case Resource::Kind::kStartExecution:
      return "states";
    case Resource::Kind::kAwsService:
      return resource.service;
    case Resource::Kind::kOther:
      return "";
  }
  SEGUE_CHECK(false);
  return "";
}

// TimeoutSeconds or HeartbeatSeconds, if the state has it.
Outcome<std::optional<absl::Duration>> SecondsOf(Evaluator& evaluator, const NumberField& field,
                                                 const Json& input) {
  if (field.expression == nullptr) return std::optional<absl::Duration>();
  SEGUE_TRY(seconds, IntegerOf(evaluator, field, input));
  if (seconds <= 0) {
    return evaluator.FieldError(field.name,
                                absl::StrCat(std::string(field.name), " must be greater than 0."));
  }
  return std::optional<absl::Duration>(absl::Seconds(seconds));
}

// Credentials' RoleArn, if the state has it.
Outcome<std::string> RoleOf(Evaluator& evaluator, const language::TaskState& task,
                            const Json& input) {
  if (task.credentials == nullptr) return std::string();
  SEGUE_TRY(credentials, evaluator.Evaluate(*task.credentials, input));
  const std::string* role = credentials.FindString("RoleArn");
  return role == nullptr ? std::string() : *role;
}

bool IsMissing(const Resource& resource, const Execution& execution) {
  return resource.kind == Resource::Kind::kActivity && execution.activities != nullptr &&
         !execution.activities->Has(resource.text);
}

std::optional<int64_t> SecondsIn(std::optional<absl::Duration> duration) {
  if (!duration) return std::nullopt;
  return absl::ToInt64Seconds(*duration);
}

HistoryEvent& Describe(Step& step, const Branch& branch, HistoryEvent& event) {
  const Resource& resource = std::get<language::TaskState>(step.StateOf(branch).detail).resource;
  event.name = step.StateOf(branch).name;
  event.resource = resource.text;
  event.resource_type = ResourceType(resource);
  event.attempt = branch.attempt;
  return event;
}

HistoryEvent& RecordTask(Step& step, Branch& branch, HistoryEventType type) {
  return Describe(step, branch, step.Record(branch, type));
}

bool IsStarted(const Branch& branch) { return branch.started != absl::Time(); }

// The call went out at `started`, which may be some time ago.
HistoryEvent& RecordStarted(Step& step, Branch& branch, absl::Time started) {
  // A result that came without a call (the queue was full, say) has no time of its own.
  started = std::clamp(started, std::min(branch.entered, step.now()), step.now());
  HistoryEvent& event = step.RecordPast(branch, HistoryEventType::kTaskStarted, started);
  branch.started = started;
  Describe(step, branch, event).started = started;
  return event;
}

bool IsTimeout(const WorkflowError& error) {
  return error.name == "States.Timeout" || error.name == "States.HeartbeatTimeout";
}

// Who took a task that is pulled, as the worker pool's answer says.
std::string WorkerOf(const Json& answer) {
  const std::string* worker = answer.FindString("workerName");
  return worker == nullptr ? "" : *worker;
}

// What a task is called where its result is too large [recorded]: an integration by its service, a
// function or service by its whole name.
std::string_view TaskName(const Resource& resource) {
  const bool is_integration = resource.text.starts_with("arn:aws:states:::");
  return is_integration ? resource.service : resource.text;
}

struct TaskEnd {
  Outcome<Json> result;
  std::optional<absl::Duration> retry_after;
  std::string sender;  // TaskCompleted's
};

// The task has its result.
Verdict EndTask(Step& step, Branch& branch, TaskEnd end) {
  Outcome<Json>& result = end.result;
  const Resource& resource = std::get<language::TaskState>(step.StateOf(branch).detail).resource;
  if (result.ok() && IsTooLarge(*result, step.execution().limits)) {
    result = DataLimitExceeded(TaskName(resource));
  }
  if (result.ok()) {
    HistoryEvent& event = RecordTask(step, branch, HistoryEventType::kTaskSucceeded);
    event.output = *result;
    event.sender = std::move(end.sender);
    return Done(step.StateOf(branch), *std::move(result));
  }
  HistoryEvent& event = RecordTask(
      step, branch,
      IsTimeout(result.error()) ? HistoryEventType::kTaskTimedOut : HistoryEventType::kTaskFailed);
  if (!result.error().name.empty()) event.error = result.error().name;
  if (!result.error().cause.empty()) event.cause = result.error().cause;
  event.sender = std::move(end.sender);
  Failed failed(result.error());
  failed.retry_after = end.retry_after;
  return failed;
}

}  // namespace

StartAttempt AttemptOf(const language::Workflow& workflow, const Execution& execution,
                       const Branch& branch) {
  const language::State& state = workflow.state(branch.state);
  const Resource& resource = std::get<language::TaskState>(state.detail).resource;
  const Completing completing = CompletingOf(resource);
  // Where the answer is not the result, heartbeats are the engine's, and so is the timeout of what
  // follows the answer; of a task that is pulled, nothing counts before a worker has it.
  const bool is_answer = completing == Completing::kByAnswer;
  return StartAttempt{
      .attempt = {branch.id, branch.visit, branch.attempt},
      .resource = &resource,
      .state_name = state.name,
      .arguments = branch.arguments,
      .idempotency_key = IdempotencyKey(execution.id, branch, state.name),
      .timeout = branch.submitted || IsPulled(resource) ? std::nullopt : branch.timeout,
      .heartbeat = is_answer ? branch.heartbeat : std::nullopt,
      .task_token = completing == Completing::kByToken ? TaskTokenOf(execution, branch) : "",
      .submitted = branch.submitted,
  };
}

// States Language, "Task State". The arguments are made anew for each attempt, because they may
// name
// $$.State.RetryCount [recorded]; but of the same random numbers and at the same time, so that
// attempts that share an idempotency key send the same, whatever else they are made of.
Verdict BeginTask(Step& step, Branch& branch) {
  const auto& task = std::get<language::TaskState>(step.StateOf(branch).detail);
  Evaluator::Place place = step.PlaceOf(branch);
  place.now = branch.entered;
  Evaluator evaluator(place, Draw::kInput);
  // Before the arguments: they may name the attempt's token.
  ++branch.attempt;
  branch.submitted.reset();
  branch.started = absl::Time();
  SEGUE_TRY(input, EffectiveInput(evaluator));
  SEGUE_TRY(arguments, WorkInput(evaluator));
  if (IsTooLarge(arguments, step.execution().limits)) {
    return DataLimitExceeded(step.StateOf(branch).name);
  }
  SEGUE_TRY(timeout, SecondsOf(evaluator, {task.timeout_seconds, "TimeoutSeconds"}, input));
  SEGUE_TRY(heartbeat, SecondsOf(evaluator, {task.heartbeat_seconds, "HeartbeatSeconds"}, input));
  SEGUE_TRY(role, RoleOf(evaluator, task, input));
  if (IsMissing(task.resource, step.execution())) {
    return evaluator.Error("States.Runtime",
                           absl::StrCat("The activity ", task.resource.text, " does not exist."));
  }
  branch.arguments = std::move(arguments);
  branch.timeout = timeout;
  branch.heartbeat = heartbeat;
  HistoryEvent& event = RecordTask(step, branch, HistoryEventType::kTaskScheduled);
  event.parameters = branch.arguments;
  event.credentials_role = role;
  event.timeout_seconds = SecondsIn(branch.timeout);
  event.heartbeat_seconds = SecondsIn(branch.heartbeat);
  StartAttempt attempt = AttemptOf(step.workflow(), step.execution(), branch);
  event.idempotency_key = attempt.idempotency_key;
  step.StartCall(branch, std::move(attempt));
  return Waiting();
}

Branch* FindCalling(Execution& execution, const AttemptId& attempt) {
  return IsInFlight(execution, attempt) ? execution.Find(attempt.branch) : nullptr;
}

void NoteStart(Step& step, const AttemptStarted& event) {
  const Branch* branch = FindCalling(step.execution(), event.attempt);
  if (branch == nullptr || IsStarted(*branch)) return;
  const auto* task = std::get_if<language::TaskState>(&step.StateOf(*branch).detail);
  if (task == nullptr || IsPulled(task->resource)) return;
  step.execution().unrecorded_starts.push_back({branch->id, event.started});
}

void RecordNotedStarts(Step& step) {
  for (const auto& [id, started] : std::exchange(step.execution().unrecorded_starts, {})) {
    // Sent again, an attempt starts again; it has one event.
    Branch* branch = step.execution().Find(id);
    if (branch != nullptr && !IsStarted(*branch)) RecordStarted(step, *branch, started);
  }
}

Verdict EndAttempt(Step& step, Branch& branch, const AttemptFinished& finished) {
  const Resource& resource = std::get<language::TaskState>(step.StateOf(branch).detail).resource;
  TaskEnd end{.result = finished.result, .retry_after = finished.retry_after};
  if (branch.submitted) return EndTask(step, branch, std::move(end));
  const Outcome<Json>& answer = finished.result;
  if (!IsStarted(branch)) {
    // A task that is pulled starts when a worker has it.
    HistoryEvent& event =
        RecordStarted(step, branch, IsPulled(resource) ? step.now() : finished.started);
    if (IsPulled(resource) && answer.ok()) event.worker = WorkerOf(*answer);
  }
  if (!answer.ok() || CompletingOf(resource) == Completing::kByAnswer ||
      IsTooLarge(*answer, step.execution().limits)) {
    // A start that failed may have been one all the same, and nobody waits for what it started.
    if (CompletingOf(resource) == Completing::kByFollowUp) step.CancelCall(branch);
    return EndTask(step, branch, std::move(end));
  }
  if (!IsPulled(resource)) {
    RecordTask(step, branch, HistoryEventType::kTaskSubmitted).output = *answer;
  }
  return AwaitResult(step, branch, *answer);
}

Verdict EndByToken(Step& step, Branch& branch, const TaskCompleted& completed) {
  // Whoever completed it was faster than the answer to the call.
  if (!IsStarted(branch)) RecordStarted(step, branch, step.now());
  return EndTask(step, branch, {.result = completed.result, .sender = completed.sender});
}

Verdict EndOverdue(Step& step, Branch& branch) {
  const bool timed_out = branch.timeout && branch.started + *branch.timeout <= step.now();
  const WorkflowError error{timed_out ? "States.Timeout" : "States.HeartbeatTimeout", ""};
  return EndTask(step, branch, {.result = error});
}

}  // namespace segue::engine
