#include "server/api/grpc/task_api.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "segue/v1/task_service.grpc.pb.h"
#include "server/api/grpc/methods.h"
#include "server/api/grpc/task_poll.h"
#include "server/engine/apply.h"
#include "server/scheduler/errors.h"

namespace segue::api {
namespace {

using scheduler::BadField;

constexpr int kPollsAccepting = 16;
constexpr size_t kNameBytesMax = 256;
constexpr size_t kCauseBytesMax = 32768;

}  // namespace

struct TaskApi::Impl {
  Impl(scheduler::Scheduler& the_scheduler, services::TaskSource& the_tasks, Limits the_limits)
      : scheduler(the_scheduler), tasks(the_tasks), limits(the_limits) {}

  async::Task<absl::Status> Complete(const v1::CompleteTaskRequest& request,
                                     v1::CompleteTaskResponse&) {
    const std::string output = request.output().empty() ? "{}" : request.output();
    if (std::ssize(output) > limits.result_bytes_max) {
      co_return BadField("output", "TOO_LARGE",
                         absl::StrCat("a result has at most ", limits.result_bytes_max,
                                      " bytes (limits.max_payload_bytes)"));
    }
    absl::StatusOr<Json> result = Json::Parse(output, engine::kPayloadDepthMax);
    if (!result.ok()) {
      co_return BadField(
          "output", "NOT_JSON",
          absl::StrCat("the output is not JSON: ", std::string(result.status().message())));
    }
    co_return co_await scheduler.CompleteTask(request.task_token(), *std::move(result));
  }

  async::Task<absl::Status> Fail(const v1::FailTaskRequest& request, v1::FailTaskResponse&) {
    const v1::WorkflowError& error = request.error();
    if (error.error().empty() || error.error().size() > kNameBytesMax) {
      co_return BadField("error.error", "BAD_ERROR", "an error's name has 1 to 256 bytes");
    }
    if (error.cause().size() > kCauseBytesMax) {
      co_return BadField("error.cause", "TOO_LARGE", "a cause has at most 32768 bytes");
    }
    WorkflowError failure{error.error(), error.cause()};
    co_return co_await scheduler.CompleteTask(request.task_token(), std::move(failure));
  }

  async::Task<absl::Status> Heartbeat(const v1::HeartbeatTaskRequest& request,
                                      v1::HeartbeatTaskResponse&) {
    co_return co_await scheduler.HeartbeatTask(request.task_token());
  }

  scheduler::Scheduler& scheduler;
  services::TaskSource& tasks;
  const Limits limits;
  v1::TaskService::AsyncService service;
  MethodTable<v1::TaskService::AsyncService> methods{service, "segue.v1.TaskService"};
};

TaskApi::TaskApi(scheduler::Scheduler& scheduler, services::TaskSource& tasks, Limits limits)
    : impl_(std::make_unique<Impl>(scheduler, tasks, limits)) {
  using Async = v1::TaskService::AsyncService;
  Impl* impl = impl_.get();
  impl->methods.Add("CompleteTask", &Async::RequestCompleteTask, impl, &Impl::Complete);
  impl->methods.Add("FailTask", &Async::RequestFailTask, impl, &Impl::Fail);
  impl->methods.Add("HeartbeatTask", &Async::RequestHeartbeatTask, impl, &Impl::Heartbeat);
}

TaskApi::~TaskApi() = default;

grpc::Service& TaskApi::service() { return impl_->service; }

void TaskApi::Accept(const Loop& loop) {
  impl_->methods.Accept(loop);
  for (int i = 0; i < kPollsAccepting; ++i) {
    loop.tasks->Spawn(AcceptPolls(loop, impl_->service, impl_->tasks));
  }
}

}  // namespace segue::api
