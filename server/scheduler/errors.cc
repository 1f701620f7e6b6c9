#include "server/scheduler/errors.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "server/base/error.h"

namespace segue::scheduler {
namespace {

constexpr absl::Duration kRetrySoon = absl::Seconds(1);

}  // namespace

absl::Status ExecutionNotFound(const ExecutionId& id) {
  return MakeError(
      absl::StatusCode::kNotFound,
      absl::StrCat("there is no execution ", id.value(),
                   ": it was never submitted here, or retention has removed it"),
      {.reason = "EXECUTION_NOT_FOUND", .resource_type = "execution", .resource_name = id.value()});
}

absl::Status WorkflowNotFound(std::string_view name, int64_t version) {
  const std::string workflow(name);
  const std::string message =
      version == 0 ? absl::StrCat("there is no workflow ", workflow, ": create it first")
                   : absl::StrCat("workflow ", workflow, " has no version ", version);
  return MakeError(
      absl::StatusCode::kNotFound, message,
      {.reason = "WORKFLOW_NOT_FOUND", .resource_type = "workflow", .resource_name = workflow});
}

absl::Status BadField(std::string_view field, std::string_view reason, std::string_view message) {
  return MakeError(absl::StatusCode::kInvalidArgument,
                   absl::StrCat(std::string(field), ": ", std::string(message)),
                   {.reason = std::string(reason),
                    .violations = {{.field = std::string(field),
                                    .description = std::string(message),
                                    .reason = std::string(reason)}}});
}

absl::Status InvalidTaskToken() {
  return MakeError(absl::StatusCode::kInvalidArgument,
                   "this is not a task token that was given out here",
                   {.reason = "INVALID_TASK_TOKEN",
                    .violations = {{.field = "task_token",
                                    .description = "not a task token",
                                    .reason = "INVALID_TASK_TOKEN"}}});
}

absl::Status TaskNotFound() {
  return MakeError(absl::StatusCode::kNotFound,
                   "there is no task of this token: its execution is not known here",
                   {.reason = "TASK_NOT_FOUND", .resource_type = "task"});
}

absl::Status TaskGone() {
  return MakeError(absl::StatusCode::kFailedPrecondition,
                   "the task of this token has ended, timed out or is tried again: nobody waits "
                   "for this result",
                   {.reason = "TASK_GONE", .resource_type = "task"});
}

absl::Status ExecutionNotRedrivable(const ExecutionId& id, std::string_view fault) {
  return MakeError(absl::StatusCode::kFailedPrecondition, std::string(fault),
                   {.reason = "EXECUTION_NOT_REDRIVABLE",
                    .resource_type = "execution",
                    .resource_name = id.value()});
}

absl::Status MapRunNotFound(std::string_view uuid) {
  const std::string name(uuid);
  return MakeError(
      absl::StatusCode::kNotFound, absl::StrCat("there is no Map Run ", name),
      {.reason = "MAP_RUN_NOT_FOUND", .resource_type = "map_run", .resource_name = name});
}

absl::Status MapRunClosed(std::string_view uuid) {
  const std::string name(uuid);
  return MakeError(absl::StatusCode::kFailedPrecondition,
                   absl::StrCat("Map Run ", name, " has stopped"),
                   {.reason = "MAP_RUN_CLOSED", .resource_type = "map_run", .resource_name = name});
}

absl::Status Overloaded(std::string_view reason, std::string_view what) {
  return MakeError(absl::StatusCode::kResourceExhausted,
                   absl::StrCat(std::string(what), ": send the request again later"),
                   {.reason = std::string(reason), .retry_after = kRetrySoon});
}

absl::Status StoreFull(const absl::Status& cause) {
  return MakeError(absl::StatusCode::kResourceExhausted,
                   absl::StrCat("the store cannot write (", std::string(cause.message()),
                                "): nothing new is taken until it can; what is stored can be read"),
                   {.reason = "STORE_FULL", .retry_after = kRetrySoon});
}

absl::Status StoreDamaged(const absl::Status& cause) {
  return MakeError(absl::StatusCode::kUnavailable,
                   absl::StrCat("a part of the store is damaged (", std::string(cause.message()),
                                "): the executions of this shard stand still, the others go on; "
                                "segue doctor names what cannot be read"),
                   {.reason = "STORE_DAMAGED", .retry_after = kRetrySoon});
}

absl::Status Draining() {
  return MakeError(absl::StatusCode::kUnavailable,
                   "the server is stopping: send the request again, to another one or later",
                   {.reason = "DRAINING", .retry_after = kRetrySoon});
}

absl::Status Recovering() {
  return MakeError(absl::StatusCode::kUnavailable,
                   "the server is recovering its executions from the store: try again shortly",
                   {.reason = "RECOVERING", .retry_after = kRetrySoon});
}

absl::Status OutcomeUnknown(const absl::Status& cause) {
  const bool full = cause.code() == absl::StatusCode::kResourceExhausted;
  return MakeError(
      full ? absl::StatusCode::kResourceExhausted : absl::StatusCode::kUnavailable,
      absl::StrCat("the store did not confirm the write (", std::string(cause.message()),
                   "): whether it happened is not known; send the same request again, with its "
                   "request_id or execution_id"),
      {.reason = full ? "STORE_FULL" : "COMMIT_OUTCOME_UNKNOWN", .retry_after = kRetrySoon});
}

}  // namespace segue::scheduler
