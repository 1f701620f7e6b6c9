#include "server/api/states/map_runs.h"

#include <utility>

#include "server/api/states/execution_view.h"
#include "server/api/states/operations.h"
#include "server/api/states/page_token.h"
#include "server/language/text.h"

namespace segue::api::states {
namespace {

using language::Concat;
using scheduler::Arn;
using scheduler::MapRun;
using scheduler::MapRunCounts;
using scheduler::MapRunStatus;

ApiError NoSuchMapRun(const Call& call) {
  return {"ResourceNotFound", Concat("Resource not found: '", call.Text("mapRunArn"), "'")};
}

std::string_view StatusName(MapRunStatus status) {
  switch (status) {
    case MapRunStatus::kRunning:
      return "RUNNING";
    case MapRunStatus::kSucceeded:
      return "SUCCEEDED";
    case MapRunStatus::kFailed:
      return "FAILED";
    case MapRunStatus::kAborted:
      return "ABORTED";
  }
}

Json CountsJson(const MapRunCounts& counts) {
  return Json::Of({{"pending", counts.pending},
                   {"running", counts.running},
                   {"succeeded", counts.succeeded},
                   {"failed", counts.failed},
                   {"timedOut", counts.timed_out},
                   {"aborted", counts.aborted},
                   {"total", counts.total()},
                   {"resultsWritten", counts.results_written},
                   {"failuresNotRedrivable", counts.failures_not_redrivable},
                   {"pendingRedrive", counts.pending_redrive}});
}

std::string ArnOfRun(const Call& call, const MapRun& run) {
  return MapRunArn(call.scope(), {run.workflow, run.id()});
}

// One that was started through the gRPC API has its id as its name.
std::string ArnOfExecution(const Call& call, const MapRun& run) {
  if (!run.execution_arn.empty()) return run.execution_arn;
  return ExecutionArn(call.scope(), {run.workflow, run.execution.value()});
}

Json Listed(const Call& call, const MapRun& run) {
  Json item = Json::Of(
      {{"mapRunArn", ArnOfRun(call, run)},
       {"executionArn", ArnOfExecution(call, run)},
       {"stateMachineArn", StateMachineArn(call.scope(), Concat(run.workflow, "/", run.label))},
       {"startDate", Timestamp(run.start_time)}});
  if (run.stop_time) item = item.With("stopDate", Timestamp(*run.stop_time));
  return item;
}

// A number of the input; nothing where it is absent.
std::optional<double> Number(const Call& call, std::string_view member) {
  if (!call.Has(member)) return std::nullopt;
  return call.input.Find(member)->number();
}

}  // namespace

bool IsPendingRedrive(const MapRun& run, const engine::Execution& child) {
  return run.status == MapRunStatus::kRunning && IsClosed(child.status) &&
         child.status != engine::ExecutionStatus::kSucceeded &&
         child.run_redrive < run.redrive_count;
}

async::Task<ApiResult<MapRun>> FindMapRun(Call& call) {
  ApiResult<Arn> arn = ArnOf(call, "mapRunArn", Arn::Kind::kMapRun);
  if (!arn.ok()) co_return arn.error();
  absl::StatusOr<MapRun> run = co_await call.scheduler().GetMapRun(arn->uuid);
  if (absl::IsNotFound(run.status())) co_return NoSuchMapRun(call);
  if (!run.ok()) co_return FromStatus(run.status());
  if (run->workflow != arn->workflow || run->label != arn->name) co_return NoSuchMapRun(call);
  co_return *std::move(run);
}

async::Task<Answer> DescribeMapRun(Call& call) {
  ApiResult<MapRun> run = co_await FindMapRun(call);
  if (!run.ok()) co_return run.error();
  Json answer = Json::Of({{"mapRunArn", ArnOfRun(call, *run)},
                          {"executionArn", ArnOfExecution(call, *run)},
                          {"status", StatusName(run->status)},
                          {"startDate", Timestamp(run->start_time)},
                          {"maxConcurrency", run->max_concurrency},
                          {"toleratedFailurePercentage", run->tolerance.percentage.value_or(0)},
                          {"toleratedFailureCount", run->tolerance.count.value_or(0)},
                          {"itemCounts", CountsJson(run->items)},
                          {"executionCounts", CountsJson(run->executions)},
                          {"redriveCount", run->redrive_count}});
  if (run->redrive_time) answer = answer.With("redriveDate", Timestamp(*run->redrive_time));
  if (run->stop_time) answer = answer.With("stopDate", Timestamp(*run->stop_time));
  co_return answer;
}

async::Task<Answer> ListMapRuns(Call& call) {
  ApiResult<scheduler::ExecutionView> execution = co_await FindExecution(call, "executionArn");
  if (!execution.ok()) co_return execution.error();
  const std::string list = Concat("map runs ", call.Text("executionArn"));
  ApiResult<std::string> after = PagePosition(call.input, list);
  if (!after.ok()) co_return after.error();
  absl::StatusOr<std::vector<MapRun>> runs =
      co_await call.scheduler().ListMapRuns(execution->execution.id);
  if (!runs.ok()) co_return FromStatus(runs.status());
  const int size = PageSize(call.input);
  Json::Array items;
  std::string last;
  std::string next;
  // A page goes on after the run at which the one before ended.
  bool reached = after->empty();
  for (const MapRun& run : *runs) {
    if (!reached) {
      reached = run.uuid == *after;
      continue;
    }
    if (std::ssize(items) == size) {
      next = EncodePageToken(list, last);
      break;
    }
    items.push_back(Listed(call, run));
    last = run.uuid;
  }
  Json answer = Json::Of({{"mapRuns", std::move(items)}});
  if (!next.empty()) answer = answer.With("nextToken", next);
  co_return answer;
}

async::Task<Answer> UpdateMapRun(Call& call) {
  ApiResult<MapRun> run = co_await FindMapRun(call);
  if (!run.ok()) co_return run.error();
  scheduler::MapRunUpdate update;
  if (const auto number = Number(call, "maxConcurrency")) {
    update.max_concurrency = static_cast<int64_t>(*number);
  }
  if (const auto number = Number(call, "toleratedFailureCount")) {
    update.tolerated_failure_count = static_cast<int64_t>(*number);
  }
  update.tolerated_failure_percentage = Number(call, "toleratedFailurePercentage");
  absl::StatusOr<MapRun> updated = co_await call.scheduler().UpdateMapRun(run->uuid, update);
  if (!updated.ok()) co_return FromStatus(updated.status());
  co_return Json(Json::Object());
}

}  // namespace segue::api::states
