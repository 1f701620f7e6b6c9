#pragma once

#include <future>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "server/api/grpc/admin_api.h"
#include "server/api/grpc/execution_api.h"
#include "server/api/grpc/grpc_server.h"
#include "server/api/grpc/task_api.h"
#include "server/api/grpc/workflow_api.h"
#include "server/async/completion_queue_executor.h"
#include "server/base/check.h"
#include "server/base/clock.h"
#include "server/scheduler/catalog/token_key.h"
#include "server/scheduler/scheduler.h"
#include "server/store/memory/memory_store.h"
#include "services/connector/worker/worker_pool.h"
#include "services/registry/service_registry.h"
#include "tests/fuzz/echo.h"

namespace segue::fuzz {

class Silence final : public api::RpcObserver {
 public:
  void OnCall(std::string_view, absl::StatusCode, absl::Duration) override {}
};

// The gRPC API over a real server of one shard, its store in memory, on a thread of its own. It has
// the service "echo", and workers.
class Server {
 public:
  explicit Server(const std::string& address) : grpc_({.address = address}) {
    auto queue = grpc_.AddQueue();
    loop_ = {.queue = queue.get(),
             .tasks = &rpcs_,
             .observer = &silence_,
             .open_streams = &open_streams_};
    executor_ = std::make_unique<async::CompletionQueueExecutor>(std::move(queue), clock_);
    loop_.executor = executor_.get();
    registry_ = std::make_unique<services::ServiceRegistry>(
        services::ServiceRegistry::Options{.clock = clock_, .home = *executor_});
    SEGUE_CHECK(registry_
                    ->ApplyConfig({{.name = "echo",
                                    .address = "here",
                                    .connector = std::make_shared<Echo>(),
                                    .budget = {.rate_per_second = 1000}},
                                   {.name = services::kWorkerService,
                                    .kind = services::ConnectorKind::kWorker,
                                    .address = "workers",
                                    .connector = workers_}})
                    .ok());
    scheduler_ = std::make_unique<scheduler::Scheduler>(
        scheduler::Scheduler::Dependencies{
            .executors = {executor_.get()},
            .store = &store_,
            .runner = registry_.get(),
            .observer = &observer_,
            .seed = 1,
            .owner = "fuzz",
            .fresh_token_key = std::string(scheduler::kTokenKeyBytes, 'k')},
        scheduler::Options{.limits = {.history_events_max = 500}});
    workflows_ = std::make_unique<api::WorkflowApi>(scheduler_->catalog());
    executions_ =
        std::make_unique<api::ExecutionApi>(*scheduler_, clock_, api::ExecutionApi::Limits{});
    tasks_ = std::make_unique<api::TaskApi>(*scheduler_, *workers_, api::TaskApi::Limits{});
    admin_ = std::make_unique<api::AdminApi>(*registry_, info_);
    grpc_.Register(workflows_->service());
    grpc_.Register(executions_->service());
    grpc_.Register(tasks_->service());
    grpc_.Register(admin_->service());
    Start();
  }

  ~Server() {
    workers_->StopPolls();
    std::promise<void> stopped;
    scheduler_->Stop(clock_.Now(), [&stopped] { stopped.set_value(); });
    stopped.get_future().wait();
    grpc_.Shutdown(clock_.Now());
    executor_->Stop();
    thread_.join();
  }

 private:
  void Start() {
    SEGUE_CHECK(grpc_.Start().ok());
    std::promise<absl::Status> ready;
    scheduler_->Start([&ready](absl::Status status) { ready.set_value(std::move(status)); });
    thread_ = std::thread([this] { executor_->Run(); });
    SEGUE_CHECK(ready.get_future().get().ok());
    executor_->Post([this] {
      workflows_->Accept(loop_);
      executions_->Accept(loop_);
      tasks_->Accept(loop_);
      admin_->Accept(loop_);
    });
    grpc_.SetServing();
  }

  RealClock clock_;
  Silence silence_;
  scheduler::Observer observer_;
  api::ServerInfo info_;
  api::GrpcServer grpc_;
  std::unique_ptr<async::CompletionQueueExecutor> executor_;
  async::TaskGroup rpcs_;
  std::set<api::OpenStream*> open_streams_;
  api::Loop loop_;
  store::MemoryStore store_;
  const std::shared_ptr<services::WorkerPool> workers_ = std::make_shared<services::WorkerPool>();
  std::unique_ptr<services::ServiceRegistry> registry_;
  std::unique_ptr<scheduler::Scheduler> scheduler_;
  std::unique_ptr<api::WorkflowApi> workflows_;
  std::unique_ptr<api::ExecutionApi> executions_;
  std::unique_ptr<api::TaskApi> tasks_;
  std::unique_ptr<api::AdminApi> admin_;
  std::thread thread_;
};

}  // namespace segue::fuzz
