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

constexpr absl::Duration kCloseSlice = absl::Seconds(15);
constexpr char kMethod[] = "segue.v1.ExecutionService/SubmitWorkflows";

// One stream: a reader, a coroutine for each submit, and one writer for all their answers.
class SubmitStream final : public OpenStream {
 public:
  SubmitStream(const Loop& loop, Scheduler& scheduler, int pending_max)
      : loop_(loop), scheduler_(scheduler), pending_max_(pending_max) {
    context.AsyncNotifyWhenDone(done_.tag());
  }

  grpc::ServerContext context;
  grpc::ServerAsyncReaderWriter<v1::SubmitWorkflowsResponse, v1::SubmitWorkflowsRequest> stream{
      &context};

  // Until the client has half-closed and all is answered, the client has gone, or the server ends
  // the stream. The status that was sent.
  async::Task<absl::Status> Run() {
    trace_parent_ = TraceParentOf(context);
    loop_.open_streams->insert(this);
    async::OneShot<bool> over;
    loop_.tasks->Spawn(NoticeEnd(&over));
    co_await ReadAll();
    async::OneShot<bool> drained;
    submits_.WhenDrained([&drained] { drained.Set(true); });
    co_await drained;
    loop_.open_streams->erase(this);
    FinishOnce();
    co_await finished_;
    co_await over;
    co_return end_;
  }

  // What was answered is answered; the status asks the client to send the rest again.
  void EndForDrain() override { End(scheduler::Draining()); }

 private:
  // An answer, and who waits until it has been given to gRPC.
  struct Outgoing {
    v1::SubmitWorkflowsResponse response;
    async::OneShot<bool>* written;
  };

  // Told when the call is over, for whatever reason: a client that has gone gets no more answers.
  async::Task<void> NoticeEnd(async::OneShot<bool>* over) {
    co_await done_;
    dead_ = true;
    over->Set(true);
  }

  async::Task<void> ReadAll() {
    async::GrpcOperation read;
    while (true) {
      v1::SubmitWorkflowsRequest request;
      stream.Read(&request, read.tag());
      const async::GrpcEvent event = co_await read;
      if (event == async::GrpcEvent::kEnded || !end_.ok()) co_return;
      submits_.Spawn(Submit(std::move(request)));
      if (pending_ < pending_max_) continue;
      async::OneShot<bool> room;
      room_ = &room;
      co_await room;
    }
  }

  // Ends the stream before its client does: after the write that is under way.
  void End(const absl::Status& status) {
    if (!end_.ok()) return;
    end_ = status;
    dead_ = true;
    if (!writing_) FinishOnce();
  }

  void FinishOnce() {
    if (std::exchange(finishing_, true)) return;
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
    co_await Write(std::move(response));
    // Only now: a client that does not read its answers is not read either.
    Answered();
    const bool report = result.ok() && request.report_close() && !request.submit().validate_only();
    if (!report) co_return;
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
    while (!dead_) {
      // In slices: an execution may outlive its client by months.
      const absl::Time until = loop_.executor->Now() + kCloseSlice;
      absl::StatusOr<scheduler::ExecutionView> view =
          co_await scheduler_.Wait(id, Detail::kFull, until);
      if (!view.ok()) {
        // The submit is accepted, and stays so: what failed is the watching, and with it the
        // stream.
        End(view.status());
        co_return;
      }
      if (!IsClosed(view->execution.status)) continue;
      ToMessage(*view, Detail::kFull, InputText::kLeaveOut, response.mutable_closed());
      co_await Write(std::move(response));
      co_return;
    }
  }

  void Answered() {
    --pending_;
    if (room_ != nullptr && pending_ < pending_max_) std::exchange(room_, nullptr)->Set(true);
  }

  // Until the message has been given to gRPC, or the stream is dead.
  async::Task<void> Write(v1::SubmitWorkflowsResponse response) {
    async::OneShot<bool> written;
    outbox_.push_back({.response = std::move(response), .written = &written});
    if (!std::exchange(writing_, true)) loop_.tasks->Spawn(WriteAll());
    co_await written;
  }

  async::Task<void> WriteAll() {
    async::GrpcOperation write;
    while (!outbox_.empty()) {
      const Outgoing outgoing = std::move(outbox_.front());
      outbox_.pop_front();
      if (!dead_) {
        grpc::WriteOptions options;
        // More follows at once: let gRPC send it together.
        if (!outbox_.empty()) options.set_buffer_hint();
        stream.Write(outgoing.response, options, write.tag());
        const async::GrpcEvent event = co_await write;
        if (event == async::GrpcEvent::kEnded) dead_ = true;
      }
      // The last of them lets the stream go: nothing of it is touched after that.
      if (outbox_.empty()) {
        writing_ = false;
        if (!end_.ok()) FinishOnce();
        outgoing.written->Set(true);
        co_return;
      }
      outgoing.written->Set(true);
    }
  }

  const Loop& loop_;
  Scheduler& scheduler_;
  const int pending_max_;
  std::string trace_parent_;
  int pending_ = 0;
  async::OneShot<bool>* room_ = nullptr;  // the reader, where it waits
  std::deque<Outgoing> outbox_;
  bool writing_ = false;
  bool dead_ = false;       // nothing can be written any more
  absl::Status end_;        // what the client is told at the end
  bool finishing_ = false;  // it is on its way
  async::GrpcOperation finished_;
  async::GrpcOperation done_;
  async::TaskGroup submits_;
};

async::Task<void> Serve(const Loop& loop, std::unique_ptr<SubmitStream> stream) {
  const absl::Time began = loop.executor->Now();
  const absl::Status status = co_await stream->Run();
  loop.observer->OnCall(kMethod, status.code(), loop.executor->Now() - began);
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
