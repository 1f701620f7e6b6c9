#include "server/api/grpc/submit_stream.h"

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "server/api/grpc/convert.h"
#include "server/api/grpc/trace.h"
#include "server/async/one_shot.h"
#include "server/scheduler/errors.h"

namespace segue::api {
namespace {

using scheduler::Detail;
using scheduler::Scheduler;

constexpr char kMethod[] = "segue.v1.ExecutionService/SubmitWorkflows";

// One stream: a reader, a coroutine for each submit, and one writer for all their answers.
class SubmitStream final : public OpenStream {
 public:
  SubmitStream(const Loop& loop, Scheduler& scheduler, int pending_max)
      : loop_(loop), scheduler_(scheduler), pending_max_(pending_max) {}

  grpc::ServerContext context;
  grpc::ServerAsyncReaderWriter<v1::SubmitWorkflowsResponse, v1::SubmitWorkflowsRequest> stream{
      &context};

  // Until the client has half-closed and all is answered, or the server drains.
  async::Task<void> Run() {
    trace_parent_ = TraceParentOf(context);
    loop_.open_streams->insert(this);
    async::GrpcOperation read;
    while (true) {
      v1::SubmitWorkflowsRequest request;
      stream.Read(&request, read.tag());
      const async::GrpcEvent event = co_await read;
      if (event == async::GrpcEvent::kEnded) break;
      submits_.Spawn(Submit(std::move(request)));
      if (pending_ < pending_max_) continue;
      async::OneShot<bool> room;
      room_ = &room;
      co_await room;
    }
    async::OneShot<bool> drained;
    submits_.WhenDrained([&drained] { drained.Set(true); });
    co_await drained;
    loop_.open_streams->erase(this);
    if (!std::exchange(finishing_, true)) stream.Finish(grpc::Status::OK, finished_.tag());
    co_await finished_;
  }

  // What was answered is answered; the status asks the client to send the rest again.
  void EndForDrain() override { End(scheduler::Draining()); }

 private:
  // After the write that is under way.
  void End(const absl::Status& status) {
    if (end_.ok()) end_ = status;
    if (!writing_) FinishEarly();
  }

  void FinishEarly() {
    if (std::exchange(finishing_, true)) return;
    dead_ = true;
    stream.Finish(ToGrpcStatus(end_, context), finished_.tag());
  }

  async::Task<void> Submit(v1::SubmitWorkflowsRequest request) {
    ++pending_;
    v1::SubmitWorkflowsResponse response;
    response.set_tag(request.tag());
    ExecutionId id;
    absl::StatusOr<scheduler::SubmitResult> result = co_await Start(request.submit());
    if (result.ok()) {
      id = result->view.execution.id;
      ToMessage(result->view, Detail::kBasic, InputText::kLeaveOut,
                response.mutable_accepted()->mutable_execution());
      response.mutable_accepted()->set_duplicate(result->duplicate);
    } else {
      *response.mutable_error() = ToRpcStatus(result.status());
    }
    const bool report = result.ok() && request.report_close() && !request.submit().validate_only();
    Answered();
    if (!report) {
      co_await Write(std::move(response));
      co_return;
    }
    outbox_.push_back(std::move(response));
    Flush();
    co_await ReportClose(request.tag(), id);
  }

  async::Task<absl::StatusOr<scheduler::SubmitResult>> Start(
      const v1::SubmitWorkflowRequest& message) {
    absl::StatusOr<scheduler::SubmitRequest> submit = FromMessage(message);
    if (!submit.ok()) co_return submit.status();
    submit->trace_parent = trace_parent_;
    co_return co_await scheduler_.Submit(*std::move(submit));
  }

  async::Task<void> ReportClose(int64_t tag, ExecutionId id) {
    v1::SubmitWorkflowsResponse response;
    response.set_tag(tag);
    absl::StatusOr<scheduler::ExecutionView> view =
        co_await scheduler_.Wait(id, Detail::kFull, absl::InfiniteFuture());
    if (!view.ok()) {
      // The submit is accepted, and stays so: what failed is the watching, and with it the stream.
      End(view.status());
      co_return;
    }
    ToMessage(*view, Detail::kFull, InputText::kLeaveOut, response.mutable_closed());
    co_await Write(std::move(response));
  }

  void Answered() {
    --pending_;
    if (room_ != nullptr && pending_ < pending_max_) std::exchange(room_, nullptr)->Set(true);
  }

  // Queues a message and waits until it has been given to gRPC, or the stream is dead.
  async::Task<void> Write(v1::SubmitWorkflowsResponse response) {
    outbox_.push_back(std::move(response));
    Flush();
    if (!writing_) co_return;
    async::OneShot<bool> idle;
    idle_.push_back(&idle);
    co_await idle;
  }

  void Flush() {
    if (std::exchange(writing_, true)) return;
    loop_.tasks->Spawn(WriteAll());
  }

  async::Task<void> WriteAll() {
    async::GrpcOperation written;
    while (!outbox_.empty() && !dead_) {
      const v1::SubmitWorkflowsResponse response = std::move(outbox_.front());
      outbox_.pop_front();
      grpc::WriteOptions options;
      // More follows at once: let gRPC send it together.
      if (!outbox_.empty()) options.set_buffer_hint();
      stream.Write(response, options, written.tag());
      const async::GrpcEvent event = co_await written;
      dead_ = event == async::GrpcEvent::kEnded;
    }
    outbox_.clear();
    writing_ = false;
    if (!end_.ok()) FinishEarly();
    for (async::OneShot<bool>* idle : std::exchange(idle_, {})) idle->Set(true);
  }

  const Loop& loop_;
  Scheduler& scheduler_;
  const int pending_max_;
  std::string trace_parent_;
  int pending_ = 0;
  async::OneShot<bool>* room_ = nullptr;  // the reader, where it waits
  std::deque<v1::SubmitWorkflowsResponse> outbox_;
  bool writing_ = false;
  bool dead_ = false;       // nothing can be written any more
  absl::Status end_;        // with what the server ends the stream before its client does
  bool finishing_ = false;  // the status is on its way
  async::GrpcOperation finished_;
  std::vector<async::OneShot<bool>*> idle_;  // who waits for the outbox to be empty
  async::TaskGroup submits_;
};

async::Task<void> Serve(const Loop& loop, std::unique_ptr<SubmitStream> stream) {
  const absl::Time began = loop.executor->Now();
  co_await stream->Run();
  loop.observer->OnCall(kMethod, absl::StatusCode::kOk, loop.executor->Now() - began);
}

}  // namespace

async::Task<void> AcceptSubmitStreams(const Loop& loop, v1::ExecutionService::AsyncService& service,
                                      Scheduler& scheduler, int pending_max) {
  while (true) {
    auto stream = std::make_unique<SubmitStream>(loop, scheduler, pending_max);
    async::GrpcOperation arrived;
    service.RequestSubmitWorkflows(&stream->context, &stream->stream, loop.queue, loop.queue,
                                   arrived.tag());
    const async::GrpcEvent event = co_await arrived;
    if (event == async::GrpcEvent::kEnded) co_return;
    loop.tasks->Spawn(Serve(loop, std::move(stream)));
  }
}

}  // namespace segue::api
