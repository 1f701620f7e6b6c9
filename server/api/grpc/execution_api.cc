#include "server/api/grpc/execution_api.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "segue/v1/execution_service.grpc.pb.h"
#include "server/api/grpc/convert.h"
#include "server/api/grpc/methods.h"
#include "server/api/grpc/page_token.h"
#include "server/api/grpc/submit_stream.h"
#include "server/api/grpc/trace.h"
#include "server/api/grpc/watch_stream.h"
#include "server/scheduler/admission.h"
#include "server/scheduler/errors.h"

namespace segue::api {
namespace {

using scheduler::Detail;

constexpr absl::Duration kWaitMax = absl::Seconds(60);
// A long poll answers this long before the call's own deadline, so that the answer arrives.
constexpr absl::Duration kAnswerMargin = absl::Milliseconds(50);
constexpr size_t kReasonBytesMax = 1024;
constexpr size_t kPageBytesMax = 3 << 20;
constexpr int kStreamsAccepting = 4;

absl::StatusOr<ExecutionId> IdFrom(const std::string& text) {
  if (scheduler::IsExecutionId(text)) return ExecutionId(text);
  return scheduler::BadField("execution_id", "BAD_ID",
                             "an execution id has 1 to 80 characters of A-Z a-z 0-9 _ -");
}

absl::Duration DurationOf(const google::protobuf::Duration& duration) {
  return absl::Seconds(duration.seconds()) + absl::Nanoseconds(duration.nanos());
}

// What a page token of ListExecutions belongs to.
std::string ListName(const v1::ExecutionFilter& filter) {
  std::string name = absl::StrCat("executions|", filter.workflow(), "|");
  for (const int status : filter.statuses()) absl::StrAppend(&name, status, ",");
  absl::StrAppend(&name, "|", filter.start_time_after().seconds(), ".",
                  filter.start_time_after().nanos(), "|", filter.start_time_before().seconds(), ".",
                  filter.start_time_before().nanos());
  if (filter.has_redriven()) absl::StrAppend(&name, "|redriven ", filter.redriven());
  std::map<std::string, std::string> labels(filter.labels().begin(), filter.labels().end());
  for (const auto& [key, value] : labels) absl::StrAppend(&name, "|", key, "=", value);
  return name;
}

absl::StatusOr<std::optional<scheduler::ListCursor>> CursorFrom(const std::string& list,
                                                                const std::string& token) {
  if (token.empty()) return std::nullopt;
  auto position = DecodePageToken(list, token);
  if (!position.ok()) return position.status();
  int64_t micros = 0;
  if (position->size() != 2 || !absl::SimpleAtoi(position->front(), &micros)) {
    return scheduler::BadField("page_token", "BAD_PAGE_TOKEN", "the token is broken");
  }
  return scheduler::ListCursor{.start_time = absl::FromUnixMicros(micros),
                               .id = ExecutionId(position->back())};
}

}  // namespace

struct ExecutionApi::Impl {
  Impl(scheduler::Scheduler& the_scheduler, const Clock& the_clock, Limits the_limits)
      : scheduler(the_scheduler), clock(the_clock), limits(the_limits) {}

  async::Task<absl::Status> Submit(const grpc::ServerContext& context,
                                   const v1::SubmitWorkflowRequest& message,
                                   v1::SubmitWorkflowResponse& response) {
    absl::StatusOr<scheduler::SubmitRequest> request = FromMessage(message);
    if (!request.ok()) co_return request.status();
    request->trace_parent = TraceParentOf(context);
    absl::StatusOr<scheduler::SubmitResult> result = co_await scheduler.Submit(*std::move(request));
    if (!result.ok()) co_return result.status();
    ToMessage(result->view, Detail::kBasic, InputText::kLeaveOut, response.mutable_execution());
    response.set_duplicate(result->duplicate);
    co_return absl::OkStatus();
  }

  async::Task<absl::Status> Get(const v1::GetExecutionRequest& request,
                                v1::GetExecutionResponse& response) {
    absl::StatusOr<ExecutionId> id = IdFrom(request.execution_id());
    if (!id.ok()) co_return id.status();
    const Detail detail = DetailOf(request.view(), Detail::kFull);
    absl::StatusOr<scheduler::ExecutionView> view = co_await scheduler.Get(*id, detail);
    if (!view.ok()) co_return view.status();
    ToMessage(*view, detail, InputText::kShow, response.mutable_execution());
    co_return absl::OkStatus();
  }

  async::Task<absl::Status> Cancel(const v1::CancelExecutionRequest& request,
                                   v1::CancelExecutionResponse& response) {
    absl::StatusOr<ExecutionId> id = IdFrom(request.execution_id());
    if (!id.ok()) co_return id.status();
    if (request.reason().size() > kReasonBytesMax) {
      co_return scheduler::BadField("reason", "TOO_LARGE", "a reason has at most 1024 bytes");
    }
    engine::Cancelled reason{.cause = request.reason()};
    absl::StatusOr<scheduler::ExecutionView> view =
        co_await scheduler.Cancel(*id, std::move(reason));
    if (!view.ok()) co_return view.status();
    ToMessage(*view, Detail::kBasic, InputText::kLeaveOut, response.mutable_execution());
    co_return absl::OkStatus();
  }

  async::Task<absl::Status> Redrive(const v1::RedriveExecutionRequest& request,
                                    v1::RedriveExecutionResponse& response) {
    absl::StatusOr<ExecutionId> id = IdFrom(request.execution_id());
    if (!id.ok()) co_return id.status();
    if (absl::Status status = scheduler::CheckRequestId(request.request_id()); !status.ok()) {
      co_return status;
    }
    absl::StatusOr<scheduler::RedriveResult> result =
        co_await scheduler.Redrive(*id, request.request_id());
    if (!result.ok()) co_return result.status();
    ToMessage(result->view, Detail::kBasic, InputText::kLeaveOut, response.mutable_execution());
    SetTime(result->time, response.mutable_redrive_time());
    response.set_duplicate(result->duplicate);
    co_return absl::OkStatus();
  }

  async::Task<absl::Status> Wait(const grpc::ServerContext& context,
                                 const v1::WaitExecutionRequest& request,
                                 v1::WaitExecutionResponse& response) {
    absl::StatusOr<ExecutionId> id = IdFrom(request.execution_id());
    if (!id.ok()) co_return id.status();
    absl::Duration timeout = kWaitMax;
    if (request.has_timeout()) timeout = std::min(timeout, DurationOf(request.timeout()));
    if (timeout < absl::ZeroDuration()) {
      co_return scheduler::BadField("timeout", "OUT_OF_RANGE", "a timeout is not negative");
    }
    const absl::Time until = std::min(clock.Now() + timeout, DeadlineOf(context) - kAnswerMargin);
    const Detail detail = DetailOf(request.view(), Detail::kFull);
    absl::StatusOr<scheduler::ExecutionView> view = co_await scheduler.Wait(*id, detail, until);
    if (!view.ok()) co_return view.status();
    ToMessage(*view, detail, InputText::kShow, response.mutable_execution());
    response.set_done(IsClosed(view->execution.status));
    co_return absl::OkStatus();
  }

  async::Task<absl::Status> List(const v1::ListExecutionsRequest& request,
                                 v1::ListExecutionsResponse& response) {
    absl::StatusOr<int> size = PageSize({.requested = request.page_size(), .usual = 50});
    if (!size.ok()) co_return size.status();
    absl::StatusOr<scheduler::ListFilter> filter = FromMessage(request.filter());
    if (!filter.ok()) co_return filter.status();
    const std::string list = ListName(request.filter());
    absl::StatusOr<std::optional<scheduler::ListCursor>> after =
        CursorFrom(list, request.page_token());
    if (!after.ok()) co_return after.status();
    absl::StatusOr<scheduler::ListPage> page = co_await scheduler.List(*filter, *after, *size);
    if (!page.ok()) co_return page.status();
    for (const scheduler::ExecutionView& view : page->executions) {
      ToMessage(view, Detail::kBasic, InputText::kLeaveOut, response.add_executions());
    }
    if (page->next) {
      response.set_next_page_token(EncodePageToken(
          list,
          {absl::StrCat(absl::ToUnixMicros(page->next->start_time)), page->next->id.value()}));
    }
    co_return absl::OkStatus();
  }

  async::Task<absl::Status> History(const v1::ListHistoryRequest& request,
                                    v1::ListHistoryResponse& response) {
    absl::StatusOr<ExecutionId> id = IdFrom(request.execution_id());
    if (!id.ok()) co_return id.status();
    absl::StatusOr<int> size = PageSize({.requested = request.page_size(), .usual = 100});
    if (!size.ok()) co_return size.status();
    const bool descending = request.order() == v1::HISTORY_ORDER_DESCENDING;
    const std::string list =
        absl::StrCat("history|", request.execution_id(), descending ? "|desc" : "|asc");
    scheduler::HistoryRequest query{.id = *id, .limit = *size + 1};
    if (descending) query.order = scheduler::HistoryRequest::Order::kDescending;
    if (!request.page_token().empty()) {
      auto position = DecodePageToken(list, request.page_token());
      if (!position.ok()) co_return position.status();
      int64_t& from = descending ? query.to : query.from;
      if (!absl::SimpleAtoi(position->front(), &from)) {
        co_return scheduler::BadField("page_token", "BAD_PAGE_TOKEN", "the token is broken");
      }
    }
    absl::StatusOr<std::vector<engine::HistoryEvent>> events =
        co_await scheduler.History(std::move(query));
    if (!events.ok()) co_return events.status();
    size_t bytes = 0;
    for (const engine::HistoryEvent& event : *events) {
      const bool full = response.events_size() == *size || bytes > kPageBytesMax;
      if (full) {
        response.set_next_page_token(EncodePageToken(list, {absl::StrCat(event.id)}));
        break;
      }
      ToMessage(event, response.add_events());
      bytes += response.events().rbegin()->ByteSizeLong();
    }
    co_return absl::OkStatus();
  }

  scheduler::Scheduler& scheduler;
  const Clock& clock;
  const Limits limits;
  v1::ExecutionService::AsyncService service;
  MethodTable<v1::ExecutionService::AsyncService> methods{service, "segue.v1.ExecutionService"};
};

ExecutionApi::ExecutionApi(scheduler::Scheduler& scheduler, const Clock& clock, Limits limits)
    : impl_(std::make_unique<Impl>(scheduler, clock, limits)) {
  using Async = v1::ExecutionService::AsyncService;
  Impl* impl = impl_.get();
  impl->methods.Add("SubmitWorkflow", &Async::RequestSubmitWorkflow, impl, &Impl::Submit);
  impl->methods.Add("GetExecution", &Async::RequestGetExecution, impl, &Impl::Get);
  impl->methods.Add("CancelExecution", &Async::RequestCancelExecution, impl, &Impl::Cancel);
  impl->methods.Add("RedriveExecution", &Async::RequestRedriveExecution, impl, &Impl::Redrive);
  impl->methods.Add("WaitExecution", &Async::RequestWaitExecution, impl, &Impl::Wait);
  impl->methods.Add("ListExecutions", &Async::RequestListExecutions, impl, &Impl::List);
  impl->methods.Add("ListHistory", &Async::RequestListHistory, impl, &Impl::History);
}

ExecutionApi::~ExecutionApi() = default;

grpc::Service& ExecutionApi::service() { return impl_->service; }

void ExecutionApi::Accept(const Loop& loop) {
  impl_->methods.Accept(loop);
  for (int i = 0; i < kStreamsAccepting; ++i) {
    loop.tasks->Spawn(AcceptWatches(loop, impl_->service, impl_->scheduler));
    loop.tasks->Spawn(AcceptSubmitStreams(loop, impl_->service, impl_->scheduler,
                                          impl_->limits.max_pending_submits_per_stream));
  }
}

}  // namespace segue::api
