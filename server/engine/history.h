#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "absl/time/time.h"
#include "server/base/ids.h"
#include "server/base/json.h"

namespace segue::engine {

// The event types of Step Functions' history, by AWS's names (service-2.json, HistoryEventType);
// those of a Lambda function or an activity are the Task's here, told apart by the resource.
enum class HistoryEventType {
  kExecutionStarted,
  kExecutionSucceeded,
  kExecutionFailed,
  kExecutionTimedOut,
  kExecutionAborted,
  kTaskStateEntered,
  kTaskStateExited,
  kTaskScheduled,
  kTaskScheduleFailed,  // AWS: of functions and activities alone
  kTaskStarted,
  kTaskStartFailed,
  kTaskSubmitted,  // the call has been answered; the result comes by another way
  kTaskSubmitFailed,
  kTaskSucceeded,
  kTaskFailed,
  kTaskTimedOut,
  kParallelStateEntered,
  kParallelStateStarted,
  kParallelStateSucceeded,
  kParallelStateFailed,
  kParallelStateAborted,
  kParallelStateExited,
  kMapStateEntered,
  kMapStateStarted,
  kMapStateSucceeded,
  kMapStateFailed,
  kMapStateAborted,
  kMapStateExited,
  kMapIterationStarted,
  kMapIterationSucceeded,
  kMapIterationFailed,
  kMapIterationAborted,
  kWaitStateEntered,
  kWaitStateExited,
  kWaitStateAborted,
  kTaskStateAborted,
  kPassStateEntered,
  kPassStateExited,
  kChoiceStateEntered,
  kChoiceStateExited,
  kSucceedStateEntered,
  kSucceedStateExited,
  kFailStateEntered,
  kEvaluationFailed,
  kMapRunStarted,
  kMapRunSucceeded,
  kMapRunFailed,
  kMapRunAborted,
  kMapRunRedriven,
  kExecutionRedriven,
  kLast = kExecutionRedriven,
};

// "TaskStateEntered", ...
const char* HistoryEventTypeName(HistoryEventType type);

// One event of an execution's history. Flat: a type uses the fields that AWS's event details of
// that type have, and leaves the others empty.
struct HistoryEvent {
  int64_t id = 0;  // 1, 2, ... inside the execution
  int64_t previous_id = 0;
  absl::Time time;
  HistoryEventType type = HistoryEventType::kExecutionStarted;
  BranchId branch;
  std::string name;  // the state's, or the Map's for iteration events
  std::optional<Json> input;
  std::optional<Json> output;
  std::optional<Json> assigned;  // *StateExited: the variables that the state assigned, by name
  std::optional<std::string> error;
  std::optional<std::string> cause;
  std::string location;       // EvaluationFailed: of the expression in its state, "Output/a"
  std::string resource;       // TaskScheduled ...: as written
  std::string resource_type;  // "grpc", "http", "lambda", ...
  std::optional<Json> parameters;
  std::optional<int64_t> timeout_seconds;
  std::optional<int64_t> heartbeat_seconds;
  std::optional<int64_t> index;       // MapIteration*
  std::optional<int64_t> length;      // MapStateStarted
  int attempt = 0;                    // Task*: which attempt
  std::string idempotency_key;        // TaskScheduled
  std::optional<absl::Time> started;  // TaskStarted: when the call went out; `time` is in order
  std::string worker;                 // TaskStarted of an activity: who took it
  std::string credentials_role;       // TaskScheduled: Credentials' RoleArn
  std::string sender;                 // TaskSucceeded, TaskFailed: TaskCompleted's
  std::string map_run;                // MapRunStarted, MapRunRedriven: its id, "label:uuid"
  int64_t redrive_count = 0;          // ExecutionRedriven, MapRunRedriven
};

}  // namespace segue::engine
