#include "server/api/states/redrive.h"

#include <utility>

#include "server/api/states/execution_view.h"
#include "server/api/states/map_runs.h"
#include "server/api/states/operations.h"
#include "server/base/error.h"

namespace segue::api::states {
namespace {

using scheduler::Arn;
using scheduler::ExecutionView;

ApiError ErrorOf(const absl::Status& status) {
  const std::optional<ErrorDetail> detail = DetailOf(status);
  const std::string reason = detail ? detail->reason : "";
  if (reason == "EXECUTION_NOT_REDRIVABLE") {
    return {"ExecutionNotRedrivable", std::string(status.message())};
  }
  if (reason == "TOO_MANY_OPEN_EXECUTIONS") {
    return {"ExecutionLimitExceeded", std::string(status.message())};
  }
  return FromStatus(status);
}

}  // namespace

Json WithRedriveStatus(const ExecutionView& view, Json answer) {
  const engine::Execution& execution = view.execution;
  // A Map Run starts its EXPRESS children again, whatever has become of them.
  const bool is_child = !execution.map_run.empty();
  const bool is_unsuccessful =
      IsClosed(execution.status) && execution.status != engine::ExecutionStatus::kSucceeded;
  const bool is_restarted = is_child && execution.type == engine::ExecutionType::kExpress;
  const bool can = view.redrive_fault.empty() || (is_restarted && is_unsuccessful);
  if (can) return answer.With("redriveStatus", is_child ? "REDRIVABLE_BY_MAP_RUN" : "REDRIVABLE");
  return answer.With("redriveStatus", "NOT_REDRIVABLE")
      .With("redriveStatusReason", view.redrive_fault);
}

std::optional<scheduler::Redrives> RedrivesOf(std::string_view filter) {
  if (filter.empty()) return std::nullopt;
  return filter == "REDRIVEN" ? scheduler::Redrives::kSome : scheduler::Redrives::kNone;
}

std::optional<ApiError> CheckFiltersOfMachine(const Call& call) {
  if (call.Has("redriveFilter")) {
    return ValidationException("redriveFilter is supported with a Map Run ARN only");
  }
  if (call.Text("statusFilter") == kPendingRedrive) {
    return ValidationException("PENDING_REDRIVE is supported with a Map Run ARN only");
  }
  return std::nullopt;
}

async::Task<Answer> RedriveExecution(Call& call) {
  ApiResult<Arn> arn = ArnOf(call, "executionArn", Arn::Kind::kExecution);
  if (!arn.ok()) co_return arn.error();
  // A child of a Map Run is redriven with its run: by redriving the execution of the Map.
  if (arn->workflow.find('/') != arn->workflow.npos) {
    co_return ValidationException("Labeled Execution ARNs are not supported for this API");
  }
  ApiResult<ExecutionView> found = co_await FindExecution(call, "executionArn");
  if (!found.ok()) co_return found.error();
  absl::StatusOr<scheduler::RedriveResult> result =
      co_await call.scheduler().Redrive(found->execution.id, call.Text("clientToken"));
  if (!result.ok()) co_return ErrorOf(result.status());
  co_return Json::Of({{"redriveDate", Timestamp(result->time)}});
}

}  // namespace segue::api::states
