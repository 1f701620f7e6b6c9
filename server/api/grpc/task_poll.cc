#include "server/api/grpc/task_poll.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/async/one_shot.h"
#include "server/scheduler/errors.h"

namespace segue::api {
namespace {

using scheduler::BadField;

constexpr char kMethod[] = "segue.v1.TaskService/PollTask";
constexpr absl::Duration kPollMax = absl::Seconds(60);
// A long poll answers this long before the call's own deadline, so that the answer arrives.
constexpr absl::Duration kAnswerMargin = absl::Milliseconds(50);
constexpr size_t kNameBytesMax = 256;

absl::Duration DurationOf(const google::protobuf::Duration& duration) {
  return absl::Seconds(duration.seconds()) + absl::Nanoseconds(duration.nanos());
}

absl::StatusOr<std::string> QueueOf(const v1::PollTaskRequest& request) {
  const bool is_activity = request.queue_case() == v1::PollTaskRequest::kActivity;
  const std::string& name = is_activity ? request.activity() : request.task_type();
  if (name.empty()) {
    return BadField("task_type", "MISSING", "name a task type or an activity: whose tasks?");
  }
  if (name.size() > kNameBytesMax) return BadField("task_type", "TOO_LARGE", "at most 256 bytes");
  return absl::StrCat(is_activity ? "activity:" : "worker:", name);
}

void ToMessage(services::PulledTask task, v1::PolledTask* message) {
  message->set_task_token(std::move(task.task_token));
  task.input.DumpTo(message->mutable_input());
  message->set_idempotency_key(std::move(task.idempotency_key));
  message->set_execution_id(std::move(task.execution_id));
  message->set_workflow(std::move(task.workflow));
  message->set_attempt(task.attempt);
  message->set_trace_parent(std::move(task.trace_parent));
}

// One poll.
class PollCall final : public OpenStream {
 public:
  PollCall(const Loop& loop, services::TaskSource& tasks) : loop_(loop), tasks_(tasks) {
    context.AsyncNotifyWhenDone(done_.tag());
  }

  grpc::ServerContext context;
  v1::PollTaskRequest request;
  grpc::ServerAsyncResponseWriter<v1::PollTaskResponse> responder{&context};

  // The status that was sent.
  async::Task<absl::Status> Run() {
    loop_.open_streams->insert(this);
    async::OneShot<bool> over;
    loop_.tasks->Spawn(NoticeEnd(&over));
    v1::PollTaskResponse response;
    absl::Status status = co_await Poll(response);
    loop_.open_streams->erase(this);
    async::GrpcOperation finished;
    if (status.ok()) {
      responder.Finish(response, grpc::Status::OK, finished.tag());
    } else {
      responder.FinishWithError(ToGrpcStatus(status, context), finished.tag());
    }
    co_await finished;
    co_await over;
    co_return status;
  }

  void EndForDrain() override { cancel_.Cancel(); }

 private:
  async::Task<absl::Status> Poll(v1::PollTaskResponse& response) {
    const absl::Time now = loop_.executor->Now();
    if (absl::Status status = CheckDeadline(context, now); !status.ok()) co_return status;
    absl::StatusOr<std::string> queue = QueueOf(request);
    if (!queue.ok()) co_return queue.status();
    if (request.worker_name().size() > kNameBytesMax) {
      co_return BadField("worker_name", "TOO_LARGE", "a worker's name has at most 256 bytes");
    }
    absl::Duration timeout = kPollMax;
    if (request.has_timeout()) timeout = std::min(timeout, DurationOf(request.timeout()));
    services::TaskSource::PollRequest poll{
        .queue = *std::move(queue),
        .worker = request.worker_name(),
        .until = std::min(now + timeout, DeadlineOf(context) - kAnswerMargin)};
    absl::StatusOr<std::optional<services::PulledTask>> task =
        co_await tasks_.Poll(std::move(poll), *loop_.executor, cancel_.token());
    if (!task.ok()) co_return task.status();
    if (task->has_value()) ToMessage(**std::move(task), response.mutable_task());
    co_return absl::OkStatus();
  }

  // Told when the call is over, for whatever reason: a client that has gone gets no task.
  async::Task<void> NoticeEnd(async::OneShot<bool>* over) {
    co_await done_;
    cancel_.Cancel();
    over->Set(true);
  }

  const Loop& loop_;
  services::TaskSource& tasks_;
  async::CancelSource cancel_;
  async::GrpcOperation done_;
};

async::Task<void> Serve(const Loop& loop, std::unique_ptr<PollCall> call) {
  const absl::Time began = loop.executor->Now();
  const absl::Status status = co_await call->Run();
  loop.observer->OnCall(kMethod, status.code(), loop.executor->Now() - began);
}

}  // namespace

async::Task<void> AcceptPolls(const Loop& loop, v1::TaskService::AsyncService& service,
                              services::TaskSource& tasks) {
  while (true) {
    auto call = std::make_unique<PollCall>(loop, tasks);
    async::GrpcOperation arrived;
    service.RequestPollTask(&call->context, &call->request, &call->responder, loop.queue,
                            loop.queue, arrived.tag());
    const async::GrpcEvent event = co_await arrived;
    if (event == async::GrpcEvent::kEnded) co_return;
    loop.tasks->Spawn(Serve(loop, std::move(call)));
  }
}

}  // namespace segue::api
