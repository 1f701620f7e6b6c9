#include <utility>

#include "server/api/states/activity.h"
#include "server/api/states/operations.h"
#include "server/language/text.h"

// Tasks that others do: what a worker asks for and sends back.

namespace segue::api::states {
namespace {

using language::Concat;

// A worker's poll is answered after this, with nothing
// (https://docs.aws.amazon.com/step-functions/latest/apireference/API_GetActivityTask.html).
constexpr absl::Duration kPollMax = absl::Seconds(60);

// The scheduler's word on a token, in AWS's.
Answer TokenAnswer(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kOk:
      return Json(Json::Object());
    case absl::StatusCode::kInvalidArgument:
      return ApiError{"InvalidToken", "Invalid Token: 'Invalid token'"};
    case absl::StatusCode::kNotFound:
      return ApiError{"TaskDoesNotExist", "Task Does Not Exist: 'Provided task does not exist'"};
    case absl::StatusCode::kFailedPrecondition:
      return ApiError{"TaskTimedOut", "Task Timed Out: 'Provided task does not exist anymore'"};
    default:
      return FromStatus(status);
  }
}

}  // namespace

async::Task<Answer> SendTaskSuccess(Call& call) {
  absl::StatusOr<Json> output = Json::Parse(call.Text("output"));
  if (!output.ok()) {
    co_return ApiError{"InvalidOutput",
                       Concat("Invalid Output: '", std::string(output.status().message()), "'")};
  }
  Outcome<Json> result(*std::move(output));
  absl::Status status =
      co_await call.scheduler().CompleteTask(call.Text("taskToken"), std::move(result));
  co_return TokenAnswer(status);
}

async::Task<Answer> SendTaskFailure(Call& call) {
  Outcome<Json> result(WorkflowError{.name = call.Text("error"), .cause = call.Text("cause")});
  absl::Status status =
      co_await call.scheduler().CompleteTask(call.Text("taskToken"), std::move(result));
  co_return TokenAnswer(status);
}

async::Task<Answer> SendTaskHeartbeat(Call& call) {
  absl::Status status = co_await call.scheduler().HeartbeatTask(call.Text("taskToken"));
  co_return TokenAnswer(status);
}

async::Task<Answer> GetActivityTask(Call& call) {
  ApiResult<scheduler::Arn> arn = ArnOf(call, "activityArn", scheduler::Arn::Kind::kActivity);
  if (!arn.ok()) co_return arn.error();
  if (call.scheduler().activities().Find(arn->workflow) == nullptr) {
    co_return ActivityDoesNotExist(call.Text("activityArn"));
  }
  services::TaskSource::PollRequest request{.queue = Concat("activity:", arn->workflow),
                                            .worker = call.Text("workerName"),
                                            .until = call.now + kPollMax};
  absl::StatusOr<std::optional<services::PulledTask>> task =
      co_await call.environment.tasks->Poll(std::move(request), *call.executor, call.caller_gone);
  if (absl::IsResourceExhausted(task.status())) {
    co_return ApiError{"ActivityWorkerLimitExceeded",
                       "The maximum number of workers concurrently polling for activity tasks has "
                       "been reached."};
  }
  if (!task.ok()) co_return FromStatus(task.status());
  if (!task->has_value()) co_return Json::Of({{"taskToken", nullptr}});
  co_return Json::Of({{"taskToken", (*task)->task_token}, {"input", (*task)->input.Dump()}});
}

}  // namespace segue::api::states
