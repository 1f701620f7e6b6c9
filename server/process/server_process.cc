#include "server/process/server_process.h"

#include <grpcpp/completion_queue.h>
#include <unistd.h>

#include <algorithm>
#include <future>
#include <list>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "server/api/grpc/admin_api.h"
#include "server/api/grpc/execution_api.h"
#include "server/api/grpc/grpc_server.h"
#include "server/api/grpc/task_api.h"
#include "server/api/grpc/workflow_api.h"
#include "server/async/completion_queue_executor.h"
#include "server/observability/exposer.h"
#include "server/observability/metrics.h"
#include "server/process/event_log.h"
#include "server/process/memory_watch.h"
#include "server/process/open_store.h"
#include "server/process/services.h"
#include "server/process/settings.h"
#include "server/process/states_endpoint.h"
#include "server/process/version.h"
#include "server/scheduler/catalog/token_key.h"
#include "server/scheduler/scheduler.h"
#include "server/store/store.h"
#include "services/connector/http/http_engine.h"
#include "services/connector/worker/worker_pool.h"
#include "services/registry/service_registry.h"

namespace segue::process {
namespace {

constexpr absl::Duration kConnectionsEnd = absl::Seconds(1);
constexpr absl::Duration kDrainDefault = absl::Seconds(25);

uint64_t RandomSeed() {
  std::random_device device;
  return (uint64_t{device()} << 32) | device();
}

std::string RandomBytes(size_t count) {
  std::random_device device;
  std::string bytes;
  while (bytes.size() < count) bytes.push_back(static_cast<char>(device() & 0xff));
  return bytes;
}

std::string HostName() {
  char name[256] = {};
  if (gethostname(name, sizeof name - 1) != 0) return "segued";
  return absl::StrCat(name, "/", getpid());
}

// One shard's thread: its loop, and the RPCs that arrive there.
struct Lane {
  std::unique_ptr<async::CompletionQueueExecutor> executor;
  async::TaskGroup rpcs;
  std::set<api::OpenStream*> open_streams;
  api::Loop loop;
  std::thread thread;
};

}  // namespace

struct ServerProcess::Impl {
  Impl(const config::v1::Config& the_config, const Clock& the_clock, observability::Log& the_log)
      : config(the_config), clock(the_clock), log(the_log) {}

  absl::Status Build();
  void MakeLanes();
  absl::Status MakeRegistry();
  void SaveOverride(const std::string& service, const std::optional<services::BudgetOverride>& made,
                    services::ServiceRegistry::Saved saved);
  absl::Status RestoreOverrides();
  absl::Status ServeMetrics();
  absl::Status ServeStates();
  void AcceptCalls();
  void EndCalls();
  void ReadBudgets();

  config::v1::Config config;
  const Clock& clock;
  observability::Log& log;
  api::ServerInfo info;
  observability::Metrics metrics{{.version = kVersion, .commit = kGitCommit}};
  EventLog events{metrics, log, info};
  MemoryWatch memory{config.scheduler().max_memory_bytes(), log};
  services::HttpEngine http;
  const std::shared_ptr<services::WorkerPool> workers = std::make_shared<services::WorkerPool>();
  std::unique_ptr<api::GrpcServer> grpc;
  std::list<Lane> lanes;
  std::unique_ptr<store::Store> store;  // before the executors that it posts to
  std::unique_ptr<services::ObjectStore> objects;
  std::unique_ptr<services::ServiceRegistry> registry;
  std::unique_ptr<scheduler::Scheduler> scheduler;
  std::unique_ptr<api::WorkflowApi> workflow_api;
  std::unique_ptr<api::ExecutionApi> execution_api;
  std::unique_ptr<api::TaskApi> task_api;
  std::unique_ptr<api::AdminApi> admin_api;
  std::unique_ptr<observability::Exposer> exposer;
  std::unique_ptr<StatesEndpoint> states;  // null: off
};

absl::Status ServerProcess::Impl::Build() {
  auto opened = OpenStore(config.store());
  if (!opened.ok()) return opened.status();
  store = *std::move(opened);
  grpc = std::make_unique<api::GrpcServer>(GrpcOptions(config.grpc()));
  MakeLanes();
  if (absl::Status status = MakeRegistry(); !status.ok()) return status;
  auto made = MakeObjectStore(config.objects(), http);
  if (!made.ok()) return made.status();
  objects = *std::move(made);
  scheduler::Scheduler::Dependencies dependencies{
      .store = store.get(),
      .runner = registry.get(),
      .observer = &events,
      .objects = objects.get(),
      .seed = RandomSeed(),
      .owner = HostName(),
      .fresh_token_key = RandomBytes(scheduler::kTokenKeyBytes),
      .memory_full = &memory.full()};
  for (Lane& lane : lanes) dependencies.executors.push_back(lane.executor.get());
  scheduler =
      std::make_unique<scheduler::Scheduler>(std::move(dependencies), SchedulerOptions(config));
  workflow_api = std::make_unique<api::WorkflowApi>(scheduler->catalog());
  api::ExecutionApi::Limits limits;
  if (config.limits().has_max_pending_submits_per_stream()) {
    limits.max_pending_submits_per_stream = config.limits().max_pending_submits_per_stream();
  }
  execution_api = std::make_unique<api::ExecutionApi>(*scheduler, clock, limits);
  api::TaskApi::Limits task_limits;
  if (config.limits().has_max_payload_bytes()) {
    task_limits.result_bytes_max = config.limits().max_payload_bytes();
  }
  task_api = std::make_unique<api::TaskApi>(*scheduler, *workers, task_limits);
  admin_api = std::make_unique<api::AdminApi>(*registry, info);
  grpc->Register(workflow_api->service());
  grpc->Register(execution_api->service());
  grpc->Register(task_api->service());
  grpc->Register(admin_api->service());
  info.version = kVersion;
  info.git_commit = kGitCommit;
  info.build_type = kBuildType;
  info.start_time = clock.Now();
  info.store = config.store().has_memory() ? "memory" : "rocksdb";
  info.shard_count = static_cast<int>(lanes.size());
  return absl::OkStatus();
}

void ServerProcess::Impl::MakeLanes() {
  const int count = ShardCount(config.scheduler());
  for (int i = 0; i < count; ++i) {
    Lane& lane = lanes.emplace_back();
    std::unique_ptr<grpc::ServerCompletionQueue> queue = grpc->AddQueue();
    lane.loop = {.queue = queue.get(),
                 .tasks = &lane.rpcs,
                 .observer = &metrics,
                 .open_streams = &lane.open_streams};
    lane.executor = std::make_unique<async::CompletionQueueExecutor>(std::move(queue), clock);
    lane.loop.executor = lane.executor.get();
  }
}

absl::Status ServerProcess::Impl::MakeRegistry() {
  absl::StatusOr<std::vector<services::ServiceDefinition>> definitions =
      MakeServices(config, {http, workers});
  if (!definitions.ok()) return definitions.status();
  registry = std::make_unique<services::ServiceRegistry>(services::ServiceRegistry::Options{
      .clock = clock,
      .home = *lanes.front().executor,
      .observer = &metrics,
      .save_override = [this](const std::string& service,
                              const std::optional<services::BudgetOverride>& made,
                              services::ServiceRegistry::Saved saved) {
        SaveOverride(service, made, std::move(saved));
      }});
  return registry->ApplyConfig(*std::move(definitions));
}

void ServerProcess::Impl::SaveOverride(const std::string& service,
                                       const std::optional<services::BudgetOverride>& made,
                                       services::ServiceRegistry::Saved saved) {
  store::DocumentWrite document{.collection = kBudgets, .key = service};
  if (made) document.record = EncodeOverride(*made).SerializeAsString();
  scheduler->WriteDocument(std::move(document), [this, service, saved = std::move(saved)](
                                                    const absl::Status& status) mutable {
    if (!status.ok()) {
      log.Error("a changed budget holds, but may be lost at the next start: it was not stored",
                {{"service", service}, {"error", std::string(status.message())}});
    }
    saved(status);
  });
}

// Blocks: before anything runs on the loops.
absl::Status ServerProcess::Impl::RestoreOverrides() {
  std::promise<absl::StatusOr<std::vector<store::Document>>> read;
  scheduler->ReadDocuments(kBudgets,
                           [&read](auto documents) { read.set_value(std::move(documents)); });
  absl::StatusOr<std::vector<store::Document>> documents = read.get_future().get();
  if (!documents.ok()) return documents.status();
  std::vector<services::BudgetOverride> overrides;
  for (const store::Document& document : *documents) {
    absl::StatusOr<services::BudgetOverride> made = DecodeOverride(document.key, document.record);
    if (made.ok()) {
      overrides.push_back(*std::move(made));
    } else {  // the configured budget holds, until it is changed again
      events.OnRecordUnreadable(absl::StrCat("budget of service ", document.key), made.status());
    }
  }
  registry->RestoreOverrides(overrides);
  return absl::OkStatus();
}

absl::Status ServerProcess::Impl::ServeMetrics() {
  const std::string address =
      config.metrics().has_address() ? config.metrics().address() : "127.0.0.1:9464";
  if (address.empty()) return absl::OkStatus();
  auto listening = observability::Exposer::Listen(address, metrics, [this] { ReadBudgets(); });
  if (!listening.ok()) return listening.status();
  exposer = *std::move(listening);
  log.Info("serving metrics", {{"address", address}, {"port", exposer->port()}});
  return absl::OkStatus();
}

absl::Status ServerProcess::Impl::ServeStates() {
  api::states::StatesApi::Dependencies dependencies{.scheduler = scheduler.get(),
                                                    .tasks = workers.get(),
                                                    .clock = &clock,
                                                    .observer = &metrics,
                                                    .seed = RandomSeed()};
  for (Lane& lane : lanes) {
    dependencies.lanes.push_back({.executor = lane.executor.get(), .tasks = &lane.rpcs});
  }
  auto made = StatesEndpoint::Make(config, std::move(dependencies), log);
  if (!made.ok()) return made.status();
  states = *std::move(made);
  return absl::OkStatus();
}

void ServerProcess::Impl::ReadBudgets() {
  std::vector<observability::Metrics::BudgetReading> readings;
  for (const services::ServiceInfo& service : registry->List()) {
    readings.push_back({.service = service.name,
                        .rate_per_second = service.budget.rate_per_second,
                        .max_concurrency = service.budget.max_concurrency,
                        .tokens_available = service.usage.tokens_available});
  }
  metrics.SetBudgets(readings);
}

void ServerProcess::Impl::AcceptCalls() {
  for (Lane& lane : lanes) {
    lane.executor->Post([this, loop = &lane.loop] {
      workflow_api->Accept(*loop);
      execution_api->Accept(*loop);
      task_api->Accept(*loop);
      admin_api->Accept(*loop);
    });
  }
}

// Calls to services whose time is over; a queue must outlive the calls on it.
void ServerProcess::Impl::EndCalls() {
  for (Lane& lane : lanes) {
    lane.executor->Post(
        [this, executor = lane.executor.get()] { registry->CancelCalls(*executor); });
  }
  std::promise<void> quiet;
  registry->WhenQuiet(*lanes.front().executor, [&quiet] { quiet.set_value(); });
  quiet.get_future().wait();
}

ServerProcess::ServerProcess(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

ServerProcess::~ServerProcess() = default;

absl::StatusOr<std::unique_ptr<ServerProcess>> ServerProcess::Make(const config::v1::Config& config,
                                                                   const Clock& clock,
                                                                   observability::Log& log) {
  auto impl = std::make_unique<Impl>(config, clock, log);
  if (absl::Status status = impl->Build(); !status.ok()) return status;
  return std::unique_ptr<ServerProcess>(new ServerProcess(std::move(impl)));
}

absl::Status ServerProcess::Start() {
  Impl& impl = *impl_;
  if (absl::Status status = impl.grpc->Start(); !status.ok()) return status;
  if (absl::Status status = impl.ServeMetrics(); !status.ok()) return status;
  if (absl::Status status = impl.ServeStates(); !status.ok()) return status;
  for (Lane& lane : impl.lanes) {
    lane.thread = std::thread([executor = lane.executor.get()] { executor->Run(); });
  }
  if (absl::Status status = impl.RestoreOverrides(); !status.ok()) return status;
  std::promise<absl::Status> recovered;
  impl.scheduler->Start(
      [&recovered](absl::Status status) { recovered.set_value(std::move(status)); });
  if (absl::Status status = recovered.get_future().get(); !status.ok()) return status;
  async::Executor& home = *impl.lanes.front().executor;
  home.Post([&impl, &home] { impl.memory.Start(home); });
  impl.AcceptCalls();
  impl.grpc->SetServing();
  if (impl.states != nullptr) impl.states->SetReady();
  impl.log.Info("serving gRPC", {{"port", impl.grpc->port()},
                                 {"store", impl.info.store},
                                 {"shards", impl.info.shard_count},
                                 {"services", static_cast<int64_t>(impl.config.services_size())}});
  return absl::OkStatus();
}

absl::Status ServerProcess::Reload(const config::v1::Config& config) {
  Impl& impl = *impl_;
  absl::StatusOr<std::vector<services::ServiceDefinition>> definitions =
      MakeServices(config, {impl.http, impl.workers});
  if (!definitions.ok()) return definitions.status();
  absl::Status status = impl.registry->ApplyConfig(*std::move(definitions));
  if (!status.ok()) return status;
  impl.log.SetLevel(LogOptions(config.log()).level);
  const std::vector<std::string> waits = ChangedUntilRestart(impl.config, config);
  if (!waits.empty()) {
    impl.log.Warning("some of what was changed holds from the next start on",
                     {{"settings", absl::StrJoin(waits, ", ")}});
  }
  *impl.config.mutable_services() = config.services();
  *impl.config.mutable_http_invoke() = config.http_invoke();
  impl.log.Info("took up the changed configuration",
                {{"services", static_cast<int64_t>(config.services_size())}});
  return absl::OkStatus();
}

void ServerProcess::Drain() {
  Impl& impl = *impl_;
  impl.info.draining = true;
  impl.grpc->SetNotServing();
  const absl::Duration timeout = impl.config.scheduler().has_drain_timeout()
                                     ? DurationOf(impl.config.scheduler().drain_timeout())
                                     : kDrainDefault;
  const absl::Time deadline = impl.clock.Now() + timeout;
  if (impl.states != nullptr) impl.states->Drain();
  impl.log.Info("draining", {{"seconds_max", absl::ToDoubleSeconds(timeout)}});
  for (Lane& lane : impl.lanes) {
    lane.executor->Post([loop = &lane.loop] { api::EndStreams(*loop); });
  }
  impl.workers->StopPolls();
  std::promise<void> stopped;
  impl.scheduler->Stop(deadline, [&stopped] { stopped.set_value(); });
  stopped.get_future().wait();
  impl.registry->StopAdmission();
  impl.EndCalls();
  if (impl.states != nullptr) impl.states->Shutdown(kConnectionsEnd);
  // All calls of ours have been answered. What is left is gRPC's own (a health Watch, which never
  // ends) and connections that take their time.
  impl.grpc->Shutdown(std::min(deadline, impl.clock.Now() + kConnectionsEnd));
  for (Lane& lane : impl.lanes) lane.executor->Stop();
  for (Lane& lane : impl.lanes) lane.thread.join();
  impl.log.Info("stopped");
}

}  // namespace segue::process
