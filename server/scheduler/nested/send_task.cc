#include "server/scheduler/nested/send_task.h"

#include <string>
#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/base/random.h"
#include "server/engine/task_token.h"
#include "server/scheduler/fingerprint.h"
#include "server/scheduler/nested/retry_call.h"

namespace segue::scheduler {
namespace {

std::string TextOf(const Json& arguments, std::string_view name) {
  const std::string* text = arguments.FindString(name);
  return text == nullptr ? "" : *text;
}

// An error of the API, in the words of the SDK that AWS calls it with [recorded].
WorkflowError ApiError(const NestedCall& call, std::string_view code, std::string_view message) {
  const std::string request_id =
      Random(Fingerprint().Add(call.request).Add("request").value()).Uuid();
  return {absl::StrCat("Sfn.", std::string(code), "Exception"),
          absl::StrCat(std::string(message), " (Service: Sfn, Status Code: 400, Request ID: ",
                       request_id, ") (SDK Attempt Count: 1)")};
}

// What is sent; nothing for a heartbeat.
Outcome<std::optional<Outcome<Json>>> PayloadOf(const NestedCall& call) {
  using Payload = std::optional<Outcome<Json>>;
  if (call.resource->method == "sendTaskHeartbeat") return Payload();
  if (call.resource->method == "sendTaskFailure") {
    return Payload(WorkflowError{TextOf(call.arguments, "Error"), TextOf(call.arguments, "Cause")});
  }
  absl::StatusOr<Json> output = Json::Parse(TextOf(call.arguments, "Output"));
  if (output.ok()) return Payload(*std::move(output));
  return ApiError(call, "InvalidOutput",
                  absl::StrCat("Invalid Output: '", std::string(output.status().message()), "'"));
}

Outcome<Json> Answer(const NestedCall& call, const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kOk:
      return Json(Json::Object());
    case absl::StatusCode::kInvalidArgument:
      return ApiError(call, "InvalidToken", "Invalid Token: 'Invalid token'");
    case absl::StatusCode::kNotFound:
      return ApiError(call, "TaskDoesNotExist",
                      "Task Does Not Exist: 'Provided task does not exist'");
    case absl::StatusCode::kFailedPrecondition:
      return ApiError(call, "TaskTimedOut",
                      "Task Timed Out: 'Provided task does not exist anymore'");
    default:
      // The host's failure: nothing is known of the task.
      return WorkflowError{"States.TaskFailed", std::string(status.message())};
  }
}

}  // namespace

bool IsSendTask(const language::Resource& resource) {
  return resource.kind == language::Resource::Kind::kAwsService &&
         resource.service == "aws-sdk:sfn" &&
         (resource.method == "sendTaskSuccess" || resource.method == "sendTaskFailure" ||
          resource.method == "sendTaskHeartbeat");
}

async::Task<std::optional<Outcome<Json>>> RunSendTask(Scheduler& scheduler, NestedCall call,
                                                      async::Executor& executor) {
  const std::string token = TextOf(call.arguments, "TaskToken");
  // The token is looked at before the output [recorded].
  if (!engine::ParseTaskToken(token)) {
    co_return Answer(call, absl::InvalidArgumentError("no token"));
  }
  const Outcome<std::optional<Outcome<Json>>> payload = PayloadOf(call);
  if (!payload.ok()) co_return payload.error();
  while (call.GoesOn(executor)) {
    absl::Status status;
    if (payload->has_value()) {
      SentResult sent{.token = token, .result = **payload, .sender = call.task};
      status = co_await scheduler.SendResult(std::move(sent));
    } else {
      status = co_await scheduler.HeartbeatTask(token);
    }
    if (IsDraining(status)) co_return std::nullopt;
    if (!IsTransient(status)) co_return Answer(call, status);
    co_await PauseBeforeRetry(executor);
  }
  co_return WorkflowError{"States.Timeout", ""};  // or whatever: nobody waits for it
}

}  // namespace segue::scheduler
