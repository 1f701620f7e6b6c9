#include "server/api/grpc/watch_stream.h"

#include <memory>
#include <string>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "server/api/grpc/convert.h"
#include "server/api/grpc/page_token.h"
#include "server/scheduler/admission.h"
#include "server/scheduler/errors.h"

namespace segue::api {
namespace {

using scheduler::Scheduler;

constexpr char kMethod[] = "segue.v1.ExecutionService/WatchExecution";
// A client takes 4 MiB unless it says otherwise; one event holds at most two payloads.
constexpr size_t kEventBytesMax = 2 << 20;
constexpr absl::Duration kHeartbeat = absl::Seconds(15);

struct WatchCall {
  grpc::ServerContext context;
  v1::WatchExecutionRequest request;
  grpc::ServerAsyncWriter<v1::WatchExecutionResponse> writer{&context};
};

std::string ListName(const std::string& execution_id) {
  return absl::StrCat("watch|", execution_id);
}

absl::StatusOr<Scheduler::WatchRequest> FirstRequest(const v1::WatchExecutionRequest& message) {
  if (!scheduler::IsExecutionId(message.execution_id())) {
    return scheduler::BadField("execution_id", "BAD_ID",
                               "an execution id has 1 to 80 characters of A-Z a-z 0-9 _ -");
  }
  Scheduler::WatchRequest request{.id = ExecutionId(message.execution_id()),
                                  .detail = DetailOf(message.view(), scheduler::Detail::kBasic)};
  if (message.resume_token().empty()) return request;
  auto position = DecodePageToken(ListName(message.execution_id()), message.resume_token());
  const bool good = position.ok() && absl::SimpleAtoi(position->front(), &request.after) &&
                    request.after >= 0 && request.after < INT64_MAX;
  if (!good) {
    return scheduler::BadField("resume_token", "BAD_RESUME_TOKEN",
                               "the token is not one of a watch of this execution");
  }
  return request;
}

// As many events as fit; `request` goes on after the last of them.
v1::WatchExecutionResponse ResponseFor(const scheduler::WatchResult& result,
                                       Scheduler::WatchRequest& request) {
  v1::WatchExecutionResponse response;
  ToMessage(result.view, request.detail, InputText::kShow, response.mutable_execution());
  size_t bytes = 0;
  for (const engine::HistoryEvent& event : result.events) {
    if (bytes > kEventBytesMax) break;
    ToMessage(event, response.add_events());
    bytes += response.events().rbegin()->ByteSizeLong();
    request.after = event.id;
  }
  response.set_resume_token(
      EncodePageToken(ListName(request.id.value()), {absl::StrCat(request.after)}));
  return response;
}

// Whether `result` is the last: the execution is closed and all its events have been sent.
bool IsLast(const scheduler::WatchResult& result, const Scheduler::WatchRequest& request) {
  const engine::Execution& execution = result.view.execution;
  if (!IsClosed(execution.status)) return false;
  return execution.type == engine::ExecutionType::kExpress || request.after >= execution.last_event;
}

async::Task<absl::Status> SendAll(const Loop& loop, Scheduler& scheduler, WatchCall& call) {
  absl::StatusOr<Scheduler::WatchRequest> first = FirstRequest(call.request);
  if (!first.ok()) co_return first.status();
  Scheduler::WatchRequest request = *std::move(first);
  if (call.request.skip_history() && call.request.resume_token().empty()) {
    absl::StatusOr<scheduler::ExecutionView> view =
        co_await scheduler.Get(request.id, scheduler::Detail::kBasic);
    if (!view.ok()) co_return view.status();
    request.after = view->execution.last_event;
  }
  bool first_message = true;
  async::GrpcOperation written;
  while (true) {
    request.until = first_message ? absl::InfinitePast() : loop.executor->Now() + kHeartbeat;
    absl::StatusOr<scheduler::WatchResult> result = co_await scheduler.Watch(request);
    if (!result.ok()) co_return result.status();
    v1::WatchExecutionResponse response = ResponseFor(*result, request);
    if (!result->changed && !first_message) {
      response.clear_execution();
      response.set_heartbeat(true);
    }
    first_message = false;
    call.writer.Write(response, written.tag());
    const async::GrpcEvent event = co_await written;
    if (event == async::GrpcEvent::kEnded) co_return absl::CancelledError("the watcher has gone");
    if (IsLast(*result, request)) co_return absl::OkStatus();
  }
}

async::Task<void> Serve(const Loop& loop, Scheduler& scheduler, std::unique_ptr<WatchCall> call) {
  const absl::Time began = loop.executor->Now();
  absl::Status status = CheckDeadline(call->context, began);
  if (status.ok()) {
    status = co_await SendAll(loop, scheduler, *call);
  }
  async::GrpcOperation finished;
  call->writer.Finish(ToGrpcStatus(status, call->context), finished.tag());
  loop.observer->OnCall(kMethod, status.code(), loop.executor->Now() - began);
  co_await finished;
}

}  // namespace

async::Task<void> AcceptWatches(const Loop& loop, v1::ExecutionService::AsyncService& service,
                                Scheduler& scheduler) {
  while (true) {
    auto call = std::make_unique<WatchCall>();
    async::GrpcOperation arrived;
    service.RequestWatchExecution(&call->context, &call->request, &call->writer, loop.queue,
                                  loop.queue, arrived.tag());
    const async::GrpcEvent event = co_await arrived;
    if (event == async::GrpcEvent::kEnded) co_return;
    loop.tasks->Spawn(Serve(loop, scheduler, std::move(call)));
  }
}

}  // namespace segue::api
