#include <algorithm>
#include <utility>

#include "server/api/states/execution_view.h"
#include "server/api/states/machine.h"
#include "server/api/states/operations.h"
#include "server/engine/aws_text.h"
#include "server/language/text.h"

namespace segue::api::states {
namespace {

using language::Concat;
using scheduler::ExecutionView;
using scheduler::SubmitRequest;
using scheduler::SubmitResult;

bool IsExpress(const SubmitRequest& request) {
  return request.type == engine::ExecutionType::kExpress;
}

// What StartExecution and StartSyncExecution submit.
ApiResult<SubmitRequest> RequestFrom(Call& call) {
  ApiResult<Target> target = FindTarget(call, "stateMachineArn");
  if (!target.ok()) return target.error();
  std::string name = call.Text("name");
  if (std::optional<ApiError> error = CheckName(name)) return *std::move(error);
  if (name.empty()) name = call.random.TimedUuid(absl::ToUnixMillis(call.now));
  SubmitRequest request{.workflow = target->version->name};
  if (target->published_version != 0) request.version = target->version->version;
  if (call.Has("input")) request.input = call.Text("input");
  const absl::StatusOr<Json> input = Json::Parse(request.input);
  if (!input.ok()) {
    return ApiError{"InvalidExecutionInput", Concat("Invalid State Machine Execution Input: '",
                                                    std::string(input.status().message()), "'")};
  }
  const scheduler::ExecutionName named{request.workflow, name};
  if (target->version->settings.type == language::WorkflowType::kExpress) {
    request.type = engine::ExecutionType::kExpress;
    request.execution_id = call.random.TimedUuid(absl::ToUnixMillis(call.now));
    request.time_limit = scheduler::kExpressMax;
    request.names.execution = ExpressArn(call.scope(), named, request.execution_id);
  } else {
    request.execution_id = scheduler::IdOfNamed(named).value();
    request.names.execution = ExecutionArn(call.scope(), named);
  }
  request.names.name = std::move(name);
  request.names.workflow = StateMachineArn(call.scope(), request.workflow);
  request.names.role = target->version->settings.role;
  request.names.published_version = target->published_version;
  request.names.alias = std::move(target->alias);
  return request;
}

ApiError ExecutionAlreadyExists(const std::string& arn) {
  return {"ExecutionAlreadyExists", Concat("Execution Already Exists: '", arn, "'")};
}

// AWS bills Express executions by 100 ms and 64 MB.
Json Billing(const engine::Execution& execution) {
  const absl::Duration took = *execution.end_time - execution.start_time;
  const int64_t hundreds = (absl::ToInt64Milliseconds(took) + 99) / 100;
  return Json::Of({{"billedDurationInMilliseconds", std::max<int64_t>(hundreds, 1) * 100},
                   {"billedMemoryUsedInMB", 64}});
}

}  // namespace

async::Task<Answer> StartExecution(Call& call) {
  ApiResult<SubmitRequest> request = RequestFrom(call);
  if (!request.ok()) co_return request.error();
  const std::string arn = request->names.execution;
  absl::StatusOr<SubmitResult> result = co_await call.scheduler().Submit(*std::move(request));
  if (absl::IsAlreadyExists(result.status())) co_return ExecutionAlreadyExists(arn);
  if (!result.ok()) co_return FromStatus(result.status());
  const engine::Execution& execution = result->view.execution;
  if (result->duplicate && IsClosed(execution.status)) co_return ExecutionAlreadyExists(arn);
  co_return Json::Of({{"executionArn", arn}, {"startDate", Timestamp(execution.start_time)}});
}

async::Task<Answer> StartSyncExecution(Call& call) {
  ApiResult<SubmitRequest> request = RequestFrom(call);
  if (!request.ok()) co_return request.error();
  if (!IsExpress(*request)) {
    co_return ApiError{"StateMachineTypeNotSupported",
                       "This operation is not supported by this type of state machine"};
  }
  const absl::Time until = call.now + scheduler::kExpressMax + absl::Seconds(1);
  absl::StatusOr<SubmitResult> result = co_await call.scheduler().Submit(*std::move(request));
  if (!result.ok()) co_return FromStatus(result.status());
  absl::StatusOr<ExecutionView> view =
      co_await call.scheduler().Wait(result->view.execution.id, scheduler::Detail::kBasic, until);
  if (!view.ok()) co_return FromStatus(view.status());
  const engine::Execution& execution = view->execution;
  if (!IsClosed(execution.status)) {
    co_return ApiError{"ServiceUnavailable", "the execution has not ended in time"};
  }
  Json answer = Json::Of({{"executionArn", ExecutionArnOf(call.scope(), execution)},
                          {"stateMachineArn", execution.names.workflow},
                          {"name", NameOf(execution)},
                          {"startDate", Timestamp(execution.start_time)},
                          {"stopDate", Timestamp(*execution.end_time)},
                          {"status", engine::AwsStatusName(execution.status)},
                          {"billingDetails", Billing(execution)}});
  co_return WithData(call, execution, std::move(answer), OutputDetails::kAlways);
}

}  // namespace segue::api::states
