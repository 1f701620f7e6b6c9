#include <charconv>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "server/api/states/execution_view.h"
#include "server/api/states/history.h"
#include "server/api/states/machine.h"
#include "server/api/states/map_runs.h"
#include "server/api/states/operations.h"
#include "server/api/states/page_token.h"
#include "server/api/states/redrive.h"
#include "server/engine/aws_text.h"
#include "server/language/text.h"

namespace segue::api::states {
namespace {

using language::Concat;
using scheduler::Arn;
using scheduler::ExecutionView;

ApiResult<scheduler::ListCursor> CursorFrom(const std::string& position) {
  const std::vector<std::string> parts = absl::StrSplit(position, absl::MaxSplits(' ', 1));
  int64_t micros = 0;
  if (parts.size() == 2 && absl::SimpleAtoi(parts[0], &micros)) {
    return scheduler::ListCursor{.start_time = absl::FromUnixMicros(micros),
                                 .id = ExecutionId(parts[1])};
  }
  return InvalidToken();
}

std::string PositionOf(const scheduler::ListCursor& cursor) {
  return absl::StrCat(absl::ToUnixMicros(cursor.start_time), " ", cursor.id.value());
}

Json ListItem(const scheduler::ArnScope& scope, const engine::Execution& execution) {
  Json item = Json::Of({{"executionArn", ExecutionArnOf(scope, execution)},
                        {"stateMachineArn", StateMachineArn(scope, MachineOf(execution))},
                        {"name", NameOf(execution)},
                        {"status", engine::AwsStatusName(execution.status)},
                        {"startDate", Timestamp(execution.start_time)},
                        {"redriveCount", execution.redrive_count}});
  if (execution.redrive_time) item = item.With("redriveDate", Timestamp(*execution.redrive_time));
  if (execution.end_time) item = item.With("stopDate", Timestamp(*execution.end_time));
  if (!execution.map_run.empty()) {
    item = item.With("mapRunArn", MapRunArn(scope, {execution.workflow, execution.map_run}));
  }
  return WithQualifiers(scope, execution, std::move(item));
}

ApiError ListNeedsTarget() {
  return ValidationException("Must provide a State Machine ARN or Map Run ARN");
}

// What a list is of.
struct ListTarget {
  std::string workflow;
  std::string qualifier;                     // a published version or an alias; empty: any
  std::optional<scheduler::MapRun> map_run;  // whose children are listed
};

async::Task<ApiResult<ListTarget>> ListTargetOf(Call& call) {
  if (call.Has("stateMachineArn") == call.Has("mapRunArn")) co_return ListNeedsTarget();
  if (call.Has("mapRunArn")) {
    ApiResult<scheduler::MapRun> run = co_await FindMapRun(call);
    if (!run.ok()) co_return run.error();
    // Children are listed under their run, not under the workflow.
    std::string id = run->id();
    co_return ListTarget{.workflow = std::move(id), .map_run = *std::move(run)};
  }
  if (std::optional<ApiError> fault = CheckFiltersOfMachine(call)) co_return *std::move(fault);
  ApiResult<Target> target = FindTarget(call, "stateMachineArn");
  if (!target.ok()) co_return target.error();
  if (target->version->settings.type == language::WorkflowType::kExpress) {
    co_return ApiError{"StateMachineTypeNotSupported",
                       "This operation is not supported by this type of state machine"};
  }
  co_return ListTarget{.workflow = target->version->name,
                       .qualifier = scheduler::ParseArn(call.Text("stateMachineArn"))->name};
}

// Whether it was started by the version or alias that the list's ARN names.
bool WasStartedBy(const engine::Execution& execution, const std::string& qualifier) {
  return qualifier.empty() || execution.names.alias == qualifier ||
         absl::StrCat(execution.names.published_version) == qualifier;
}

bool IsListed(const engine::Execution& execution, const ListTarget& target) {
  const std::string run = target.map_run ? target.map_run->id() : "";
  return execution.map_run == run && WasStartedBy(execution, target.qualifier);
}

// As it is listed.
std::string_view StatusIn(const ListTarget& target, const engine::Execution& execution) {
  const bool waits = target.map_run && IsPendingRedrive(*target.map_run, execution);
  return waits ? kPendingRedrive : engine::AwsStatusName(execution.status);
}

// Those that executions have which are listed under `filter`; empty: all.
std::vector<engine::ExecutionStatus> StatusesOf(std::string_view filter) {
  using Status = engine::ExecutionStatus;
  if (filter == kPendingRedrive) return {Status::kFailed, Status::kTimedOut, Status::kCancelled};
  const std::optional<Status> status = StatusOf(filter);
  return status ? std::vector<Status>{*status} : std::vector<Status>();
}

async::Task<bool> IsChildPendingRedrive(Call& call, const ExecutionView& child) {
  const engine::Execution& execution = child.execution;
  // One that cannot be redriven stays as it is.
  if (execution.map_run.empty() || !child.redrive_fault.empty()) co_return false;
  const absl::StatusOr<scheduler::MapRun> run =
      co_await call.scheduler().GetMapRun(scheduler::UuidOfRun(execution.map_run));
  co_return run.ok() && IsPendingRedrive(*run, execution);
}

int64_t EventFrom(const std::string& position) {
  int64_t event = 0;
  return absl::SimpleAtoi(position, &event) ? event : 0;
}

HistoryNames NamesFor(const Call& call, const engine::Execution& execution) {
  const scheduler::ArnScope& scope = call.scope();
  HistoryNames names{.region = scope.region,
                     .input = execution.input_text,
                     .role = execution.names.role,
                     .map_runs = MapRunArn(scope, {execution.workflow, ""})};
  const Json qualifiers = WithQualifiers(scope, execution, Json::Object());
  if (const std::string* arn = qualifiers.FindString("stateMachineVersionArn")) {
    names.version = *arn;
  }
  if (const std::string* arn = qualifiers.FindString("stateMachineAliasArn")) names.alias = *arn;
  return names;
}

}  // namespace

async::Task<Answer> StopExecution(Call& call) {
  ApiResult<ExecutionView> found = co_await FindExecution(call, "executionArn");
  if (!found.ok()) co_return found.error();
  engine::Cancelled reason{.error = call.Text("error"), .cause = call.Text("cause")};
  absl::StatusOr<ExecutionView> view =
      co_await call.scheduler().Cancel(found->execution.id, std::move(reason));
  // One that has ended stays as it is, and AWS says when that was.
  if (absl::IsFailedPrecondition(view.status())) {
    view = co_await call.scheduler().Get(found->execution.id, scheduler::Detail::kBasic);
  }
  if (!view.ok()) co_return FromStatus(view.status());
  co_return Json::Of({{"stopDate", Timestamp(view->execution.end_time.value_or(call.now))}});
}

async::Task<Answer> DescribeExecution(Call& call) {
  ApiResult<ExecutionView> found = co_await FindExecution(call, "executionArn");
  if (!found.ok()) co_return found.error();
  const engine::Execution& execution = found->execution;
  Json answer = WithRedriveStatus(*found, ListItem(call.scope(), execution));
  const bool waits = co_await IsChildPendingRedrive(call, *found);
  if (waits) answer = answer.With("status", kPendingRedrive);
  co_return WithData(call, execution, std::move(answer), OutputDetails::kWithOutput);
}

async::Task<Answer> DescribeStateMachineForExecution(Call& call) {
  ApiResult<ExecutionView> found = co_await FindExecution(call, "executionArn");
  if (!found.ok()) co_return found.error();
  const engine::Execution& execution = found->execution;
  absl::StatusOr<scheduler::WorkflowVersionPtr> version =
      call.scheduler().catalog().Get(execution.workflow, execution.version);
  if (!version.ok()) co_return ExecutionDoesNotExist(call.Text("executionArn"));
  Json answer = Described(**version)
                    .With("stateMachineArn", StateMachineArn(call.scope(), execution.workflow))
                    .With("updateDate", Timestamp((*version)->update_time));
  const std::string revision = RevisionOf(**version);
  if (!revision.empty()) answer = answer.With("revisionId", revision);
  co_return answer;
}

async::Task<Answer> ListExecutions(Call& call) {
  ApiResult<ListTarget> target = co_await ListTargetOf(call);
  if (!target.ok()) co_return target.error();
  const std::string list =
      Concat("executions ", call.Text("stateMachineArn"), call.Text("mapRunArn"), " ",
             call.Text("statusFilter"), " ", call.Text("redriveFilter"));
  ApiResult<std::string> position = PagePosition(call.input, list);
  if (!position.ok()) co_return position.error();
  std::optional<scheduler::ListCursor> after;
  if (!position->empty()) {
    ApiResult<scheduler::ListCursor> cursor = CursorFrom(*position);
    if (!cursor.ok()) co_return cursor.error();
    after = *std::move(cursor);
  }
  scheduler::ListFilter filter{.workflow = target->workflow};
  const std::string status = call.Text("statusFilter");
  filter.statuses = StatusesOf(status);
  filter.redrives = RedrivesOf(call.Text("redriveFilter"));
  const int size = PageSize(call.input);
  Json::Array items;
  std::optional<scheduler::ListCursor> last;
  bool more = true;
  std::string next;
  while (more && next.empty()) {
    // One more than the page has: a page that ends the list says so.
    absl::StatusOr<scheduler::ListPage> page =
        co_await call.scheduler().List(filter, after, size + 1 - static_cast<int>(items.size()));
    if (!page.ok()) co_return FromStatus(page.status());
    for (const ExecutionView& view : page->executions) {
      const std::string_view listed = StatusIn(*target, view.execution);
      if (!IsListed(view.execution, *target) || (!status.empty() && listed != status)) continue;
      if (std::ssize(items) == size) {
        next = EncodePageToken(list, PositionOf(*last));
        break;
      }
      items.push_back(ListItem(call.scope(), view.execution).With("status", listed));
      last = {.start_time = view.execution.start_time, .id = view.execution.id};
    }
    after = page->next;
    more = after.has_value();
  }
  Json answer = Json::Of({{"executions", std::move(items)}});
  if (!next.empty()) answer = answer.With("nextToken", next);
  co_return answer;
}

async::Task<Answer> GetExecutionHistory(Call& call) {
  ApiResult<ExecutionView> found = co_await FindExecution(call, "executionArn");
  if (!found.ok()) co_return found.error();
  const engine::Execution& execution = found->execution;
  using Order = scheduler::HistoryRequest::Order;
  const Order order = call.IsTrue("reverseOrder") ? Order::kDescending : Order::kAscending;
  const std::string list = Concat("history ", call.Text("executionArn"),
                                  order == Order::kDescending ? " descending" : "");
  ApiResult<std::string> position = PagePosition(call.input, list);
  if (!position.ok()) co_return position.error();
  const int size = PageSize(call.input);
  scheduler::HistoryRequest request{.id = execution.id, .order = order, .limit = size + 1};
  if (!position->empty()) {
    (order == Order::kAscending ? request.from : request.to) = EventFrom(*position);
  }
  absl::StatusOr<std::vector<engine::HistoryEvent>> events =
      co_await call.scheduler().History(std::move(request));
  if (!events.ok()) co_return FromStatus(events.status());
  const Json* include = call.input.Find("includeExecutionData");
  const bool omit = include != nullptr && include->is_bool() && !include->bool_value();
  const ExecutionData data = omit ? ExecutionData::kOmit : ExecutionData::kInclude;
  const HistoryNames names = NamesFor(call, execution);
  Json::Array items;
  std::string next;
  for (const engine::HistoryEvent& event : *events) {
    if (std::ssize(items) == size) {
      next = EncodePageToken(list, absl::StrCat(event.id));
      break;
    }
    items.push_back(HistoryEventJson(event, names, data));
  }
  Json answer = Json::Of({{"events", std::move(items)}});
  if (!next.empty()) answer = answer.With("nextToken", next);
  co_return answer;
}

}  // namespace segue::api::states
