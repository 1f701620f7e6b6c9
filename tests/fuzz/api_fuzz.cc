// Requests to the gRPC API's handlers, over a real server on a Unix socket, its store in memory:
// a method's name, a line "%%", and the request as JSON; what is no JSON of the request is sent as
// the bytes that it is. The server must answer, with a status of its own.
//
// The server is made anew every kCallsPerServer calls, so that what executions leave stays small.

#include <google/protobuf/util/json_util.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/server_builder.h>
#include <unistd.h>

#include <future>
#include <memory>
#include <string>
#include <thread>

#include "absl/strings/str_cat.h"
#include "segue/v1/admin_service.pb.h"
#include "segue/v1/execution_service.pb.h"
#include "segue/v1/task_service.pb.h"
#include "segue/v1/workflow_service.pb.h"
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
#include "tests/fuzz/input.h"

namespace segue::fuzz {
namespace {

constexpr int kCallsPerServer = 5000;

class Silence final : public api::RpcObserver {
 public:
  void OnCall(std::string_view, absl::StatusCode, absl::Duration) override {}
};

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
        scheduler::Options{});
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

// The unary method of that name in any of the services; null where there is none.
const google::protobuf::MethodDescriptor* FindMethod(std::string_view name) {
  const google::protobuf::FileDescriptor* files[] = {
      v1::CreateWorkflowRequest::descriptor()->file(),
      v1::SubmitWorkflowRequest::descriptor()->file(),
      v1::CompleteTaskRequest::descriptor()->file(), v1::ListServicesRequest::descriptor()->file()};
  for (const google::protobuf::FileDescriptor* file : files) {
    for (int i = 0; i < file->service_count(); ++i) {
      const auto* method = file->service(i)->FindMethodByName(std::string(name));
      const bool streams =
          method != nullptr && (method->client_streaming() || method->server_streaming());
      if (method != nullptr && !streams) return method;
    }
  }
  return nullptr;
}

std::string RequestBytes(const google::protobuf::MethodDescriptor& method, std::string_view text) {
  std::unique_ptr<google::protobuf::Message> message(
      google::protobuf::MessageFactory::generated_factory()
          ->GetPrototype(method.input_type())
          ->New());
  const bool readable = google::protobuf::util::JsonStringToMessage(
                            google::protobuf::StringPiece(text.data(), text.size()), message.get())
                            .ok();
  return readable ? message->SerializeAsString() : std::string(text);
}

// One server and the calls to it.
class World {
 public:
  World() : address_(absl::StrCat("unix:/tmp/segue-fuzz-", getpid(), ".sock")), server_(address_) {
    channel_ = grpc::CreateChannel(address_, grpc::InsecureChannelCredentials());
  }

  grpc::Status Call(const google::protobuf::MethodDescriptor& method, const std::string& bytes) {
    grpc::GenericStub stub(channel_);
    grpc::ClientContext context;
    // Long polls end by it. Far beyond what any other answer takes.
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(5));
    grpc::ByteBuffer request = BufferOf(bytes);
    const auto call = stub.PrepareUnaryCall(
        &context, absl::StrCat("/", method.service()->full_name(), "/", method.name()), request,
        &queue_);
    grpc::ByteBuffer response;
    grpc::Status status;
    call->StartCall();
    call->Finish(&response, &status, this);
    void* tag = nullptr;
    bool ok = false;
    SEGUE_CHECK(queue_.Next(&tag, &ok) && ok);
    return status;
  }

 private:
  static grpc::ByteBuffer BufferOf(const std::string& bytes) {
    const grpc::Slice slice(bytes);
    return grpc::ByteBuffer(&slice, 1);
  }

  const std::string address_;
  Server server_;
  std::shared_ptr<grpc::Channel> channel_;
  grpc::CompletionQueue queue_;
};

}  // namespace
}  // namespace segue::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static std::unique_ptr<segue::fuzz::World> world;
  static int calls = 0;
  const auto [name, text] = segue::fuzz::SplitInput(segue::fuzz::Text(data, size));
  const google::protobuf::MethodDescriptor* method = segue::fuzz::FindMethod(name);
  // Waits and polls last as long as they say.
  if (method == nullptr || name == "WaitExecution" || name == "PollTask") return 0;
  if (calls++ % segue::fuzz::kCallsPerServer == 0) world.reset();
  if (world == nullptr) world = std::make_unique<segue::fuzz::World>();
  const grpc::Status status = world->Call(*method, segue::fuzz::RequestBytes(*method, text));
  const grpc::StatusCode code = status.error_code();
  SEGUE_CHECK(code != grpc::StatusCode::UNKNOWN && code != grpc::StatusCode::DATA_LOSS);
  SEGUE_CHECK(code != grpc::StatusCode::DEADLINE_EXCEEDED);
  return 0;
}
