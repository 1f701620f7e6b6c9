#include "clients/load/bench.h"

#include <sys/vfs.h>
#include <unistd.h>

#include <boost/json/serialize.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "clients/cpp/client.h"
#include "clients/cpp/text/documents.h"
#include "clients/load/child.h"
#include "clients/load/report.h"

namespace segue::load {
namespace {

constexpr absl::Duration kStartTimeout = absl::Seconds(30);
constexpr absl::Duration kStopGrace = absl::Seconds(35);  // above segued's drain_timeout
constexpr long kTmpfsMagic = 0x01021994;                  // statfs(2)

// A directory that is gone with this object.
class TemporaryDir {
 public:
  static absl::StatusOr<std::unique_ptr<TemporaryDir>> Make(const std::string& parent) {
    std::string path = parent + "/segue-load.XXXXXX";
    if (mkdtemp(path.data()) == nullptr) {
      return absl::InternalError(absl::StrCat("cannot make a directory in ", parent));
    }
    return std::unique_ptr<TemporaryDir>(new TemporaryDir(std::filesystem::absolute(path)));
  }
  ~TemporaryDir() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  std::string path() const { return path_.string(); }

 private:
  explicit TemporaryDir(std::filesystem::path path) : path_(std::move(path)) {}
  const std::filesystem::path path_;
};

std::string ReadFile(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

struct Processes {
  BenchAddresses addresses;
  std::unique_ptr<Child> echo;
  std::unique_ptr<Child> server;
};

absl::Status StartAll(const BenchOptions& options, const std::string& dir, Processes& processes) {
  for (std::string* address :
       {&processes.addresses.grpc, &processes.addresses.metrics, &processes.addresses.echo}) {
    const auto port = FreePort();
    if (!port.ok()) return port.status();
    *address = absl::StrCat("127.0.0.1:", *port);
  }
  const BenchAddresses& addresses = processes.addresses;
  const std::string config = dir + "/config.yaml";
  std::ofstream(config) << BenchConfig(options, addresses, dir + "/data");

  auto echo = Child::Start({options.echo_program, "--serve-echo", addresses.echo, "--echo-threads",
                            std::to_string(options.echo_threads)},
                           dir + "/echo.log");
  if (!echo.ok()) return echo.status();
  processes.echo = *std::move(echo);
  if (auto status = AwaitConnection(addresses.echo, kStartTimeout); !status.ok()) return status;

  auto server = Child::Start({options.segued, "--config", config}, dir + "/segued.log");
  if (!server.ok()) return server.status();
  processes.server = *std::move(server);
  const absl::Status ready = AwaitConnection(addresses.grpc, kStartTimeout);
  if (ready.ok() && processes.server->Running()) return ready;
  return absl::UnavailableError(
      absl::StrCat(options.segued, " did not start: ", processes.server->Stop(absl::ZeroDuration()),
                   "\n", ReadFile(dir + "/segued.log")));
}

absl::Status Apply(const BenchOptions& options, const std::string& address) {
  auto client = client::Client::Connect({.address = address, .tls = {}});
  if (!client.ok()) return client.status();
  v1::UpdateWorkflowRequest request;
  request.mutable_workflow()->set_name("load");
  request.mutable_workflow()->set_definition(WorkflowText(options.shape));
  request.set_allow_missing(true);
  return (*client)->UpdateWorkflow(request).status();
}

struct Results {
  LoadResult raw;
  LoadResult load;
  LoadResult alone;
};

absl::StatusOr<Results> Measure(const BenchOptions& options, const Processes& processes,
                                const Hooks& hooks) {
  Hooks server_hooks = hooks;
  server_hooks.server_stats = [&] { return StatsOfProcess(processes.server->pid()); };
  Hooks echo_hooks = hooks;
  echo_hooks.server_stats = [&] { return StatsOfProcess(processes.echo->pid()); };

  LoadOptions raw = options.load;
  raw.mode = Mode::kRaw;
  raw.address = processes.addresses.echo;
  auto raw_result = RunLoad(raw, echo_hooks);
  if (!raw_result.ok()) return raw_result.status();

  LoadOptions load = options.load;
  load.address = processes.addresses.grpc;
  load.submit.request.set_workflow("load");
  auto load_result = RunLoad(load, server_hooks);
  if (!load_result.ok()) return load_result.status();

  LoadOptions alone = load;
  alone.open = 1;
  alone.threads = 1;
  alone.streams = 1;
  alone.connections = 1;
  alone.rate_per_second = 0;
  alone.duration = options.alone_duration;
  auto alone_result = RunLoad(alone, server_hooks);
  if (!alone_result.ok()) return alone_result.status();
  return Results{*std::move(raw_result), *std::move(load_result), *std::move(alone_result)};
}

// Raw calls that the machine could have made in the time of one execution.
double CallsPerExecution(const Results& results) {
  const double executions = Throughput(results.load);
  return executions > 0 ? Throughput(results.raw) / executions : 0;
}

void Print(const BenchOptions& options, const Results& results) {
  const double task_rate = Throughput(results.load) * options.shape.tasks;
  const double raw_rate = Throughput(results.raw);
  if (options.json) {
    boost::json::object summary{{"raw", ReportJson(results.raw)},
                                {"load", ReportJson(results.load)},
                                {"alone", ReportJson(results.alone)},
                                {"open", options.load.open},
                                {"tasks", options.shape.tasks},
                                {"raw_calls_per_execution", CallsPerExecution(results)},
                                {"tasks_per_second", task_rate},
                                {"task_to_raw_ratio", raw_rate > 0 ? task_rate / raw_rate : 0}};
    std::cout << text::PrettyJson(summary);
    return;
  }
  std::cout << ReportText(results.raw, {absl::StrFormat("\n== Raw gRPC: unary calls to the echo "
                                                        "service, %d open (server: the echo)",
                                                        options.load.open),
                                        "calls"})
            << ReportText(results.load,
                          {absl::StrFormat("\n== Workflow: %d gRPC tasks each, %d open",
                                           options.shape.tasks, options.load.open)})
            << ReportText(results.alone, {"\n== Alone: one execution at a time"})
            << absl::StrFormat(
                   "\n== Ratios\nOne execution costs the time of %.1f raw calls; %.0f tasks/s are "
                   "%.1f %% of the raw call rate.\n",
                   CallsPerExecution(results), task_rate,
                   raw_rate > 0 ? 100 * task_rate / raw_rate : 0);
}

}  // namespace

std::string BenchConfig(const BenchOptions& options, const BenchAddresses& addresses,
                        const std::string& data_dir) {
  const auto quoted = [](const std::string& text) {
    return boost::json::serialize(boost::json::value(text));  // JSON strings are YAML strings
  };
  std::string config =
      absl::StrCat("grpc:\n  address: ", quoted(addresses.grpc), "\n  max_connection_age: 0s\n",
                   "http:\n  address: \"\"\n", "metrics:\n  address: ", quoted(addresses.metrics),
                   "\n", "store:\n  rocksdb:\n    dir: ", quoted(data_dir), "\n");
  if (options.shards > 0) absl::StrAppend(&config, "scheduler:\n  shards: ", options.shards, "\n");
  absl::StrAppend(&config, "services:\n  - name: ", quoted(options.shape.service),
                  "\n    grpc:\n      address: ", quoted(addresses.echo), "\n      channels: 4\n");
  return config;
}

absl::Status RunBench(const BenchOptions& options, const Hooks& hooks) {
  auto dir = TemporaryDir::Make(options.work_dir);
  if (!dir.ok()) return dir.status();
  struct statfs fs = {};
  if (statfs((*dir)->path().c_str(), &fs) == 0 && fs.f_type == kTmpfsMagic) {
    std::cerr << "note: " << options.work_dir
              << " is in memory (tmpfs), where fsync costs nothing: choose a disk by --work-dir\n";
  }
  Processes processes;
  if (auto status = StartAll(options, (*dir)->path(), processes); !status.ok()) return status;
  if (auto status = Apply(options, processes.addresses.grpc); !status.ok()) return status;
  const auto results = Measure(options, processes, hooks);
  const std::string ended = processes.server->Stop(kStopGrace);
  if (!results.ok()) {
    return absl::Status(results.status().code(),
                        absl::StrCat(std::string(results.status().message()), "\n",
                                     ReadFile((*dir)->path() + "/segued.log")));
  }
  Print(options, *results);
  if (ended != "exited with 0") return absl::InternalError("segued " + ended);
  return absl::OkStatus();
}

}  // namespace segue::load
