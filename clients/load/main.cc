// segue-load: how much a Segue server does, measured from outside.

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <atomic>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "clients/cpp/client.h"
#include "clients/cpp/errors.h"
#include "clients/cpp/text/documents.h"
#include "clients/cpp/text/times.h"
#include "clients/load/bench.h"
#include "clients/load/child.h"
#include "clients/load/echo_server.h"
#include "clients/load/report.h"
#include "clients/load/run.h"
#include "clients/load/workflow_text.h"

namespace segue::load {
namespace {

std::atomic<bool> stop = false;

void OnSignal(int signal) {
  stop = true;
  std::signal(signal, SIG_DFL);  // the second one ends it at once
}

struct Arguments {
  std::string serve_echo;
  int echo_threads = 1;
  std::string echo_delay = "0";

  std::string raw;
  std::string with_echo;
  std::string address = "127.0.0.1:50051";
  std::string workflow;
  std::string input;
  bool is_inline = false;
  bool unary = false;
  bool express = false;
  bool accept_only = false;
  bool request_ids = false;
  WorkflowShape shape;
  LoadOptions load;
  std::string duration = "10s";
  std::string warmup = "2s";
  std::string drain = "30s";
  int server_pid = 0;
  std::string metrics_address;
  std::string output = "table";
  bool quiet = false;

  BenchOptions bench;
  std::string alone_duration = "5s";
};

void AddLoadOptions(CLI::App& app, Arguments& args) {
  app.add_option("--open", args.load.open,
                 "Executions open together (closed loop); with --rate the bound")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app.add_option("--rate", args.load.rate_per_second,
                 "Executions begun per second, whatever is open (open loop)");
  app.add_option("--duration", args.duration, "How long to measure")->capture_default_str();
  app.add_option("--warmup", args.warmup, "Before that, not counted")->capture_default_str();
  app.add_option("--drain", args.drain, "How long what is open may take to end afterwards")
      ->capture_default_str();
  app.add_option("--threads", args.load.threads, "Threads of the generator")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app.add_option("--connections", args.load.connections, "TCP connections")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app.add_option("--streams", args.load.streams, "SubmitWorkflows streams")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app.add_option("--tasks", args.shape.tasks, "gRPC tasks of an execution, one after the other")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  app.add_option("--wait-state", args.shape.wait_seconds,
                 "A Wait state of so many seconds before the tasks");
  app.add_flag("--unary", args.unary, "SubmitWorkflow and WaitExecution instead of streams");
  app.add_flag("--express", args.express, "EXPRESS executions");
  app.add_flag("--accept-only", args.accept_only,
               "An execution counts as completed once it is accepted (sleepers)");
  app.add_flag("--request-ids", args.request_ids, "Give every submit a request_id");
  app.add_option("--input", args.input, "The input, JSON");
  app.add_option("--echo-threads", args.echo_threads, "Threads of the echo service")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app.add_option("-o,--output", args.output, "table or json")
      ->check(CLI::IsMember({"table", "json"}))
      ->capture_default_str();
  app.add_flag("-q,--quiet", args.quiet, "No line a second on stderr");
}

void AddOptions(CLI::App& app, Arguments& args) {
  app.add_option("--address", args.address, "The Segue server")
      ->envname("SEGUE_ADDRESS")
      ->capture_default_str();
  app.add_option("--workflow", args.workflow,
                 "Run this stored workflow instead of applying one of our own");
  app.add_flag("--inline", args.is_inline, "Send the definition with every submit");
  app.add_option("--service", args.shape.service, "The configured service that has the Echo")
      ->capture_default_str();
  app.add_option("--count", args.load.count, "Measure so many executions, instead of --duration");
  app.add_option("--with-echo", args.with_echo,
                 "Run the echo service at this address meanwhile, as a process of its own");
  app.add_option("--serve-echo", args.serve_echo,
                 "Only run the echo service (segue.load.v1.Echo) at this address, until killed");
  app.add_option("--echo-delay", args.echo_delay, "How long the echo service takes, e.g. 5ms")
      ->capture_default_str();
  app.add_option("--raw", args.raw,
                 "Measure unary calls to the echo service at this address, without Segue");
  app.add_option("--server-pid", args.server_pid, "The server's process: report CPU and RSS");
  app.add_option("--metrics-address", args.metrics_address,
                 "The server's metrics: report CPU and RSS from there");
}

// The server that was built together with this program, or else the one in PATH.
std::string DefaultServer() {
  std::error_code error;
  const auto self = std::filesystem::read_symlink("/proc/self/exe", error);
  const auto beside = self.parent_path() / "segued";
  return !error && std::filesystem::exists(beside, error) ? beside.string() : "segued";
}

CLI::App* AddBench(CLI::App& app, Arguments& args) {
  args.bench.segued = DefaultServer();
  CLI::App* bench = app.add_subcommand(
      "bench",
      "Start segued on a temporary directory and the echo service; measure raw calls, the "
      "workflow, and one execution alone; end everything");
  bench->add_option("--segued", args.bench.segued, "The server's program")->capture_default_str();
  bench->add_option("--work-dir", args.bench.work_dir, "Where the data goes; not a tmpfs")
      ->capture_default_str();
  bench->add_option("--shards", args.bench.shards, "Shards of the server; 0: one for each core");
  bench->add_option("--alone-duration", args.alone_duration, "How long to measure one alone")
      ->capture_default_str();
  AddLoadOptions(*bench, args);
  return bench;
}

absl::Status Finish(Arguments& args) {
  const auto parse = [](const std::string& text, absl::Duration& duration) {
    const auto parsed = text::ParseDuration(text);
    if (parsed.ok()) duration = *parsed;
    return parsed.status();
  };
  for (auto [text, duration] :
       {std::pair(&args.duration, &args.load.duration), std::pair(&args.warmup, &args.load.warmup),
        std::pair(&args.drain, &args.load.drain),
        std::pair(&args.alone_duration, &args.bench.alone_duration)}) {
    if (auto status = parse(*text, *duration); !status.ok()) return status;
  }
  args.load.threads = std::min(args.load.threads, args.load.open);
  args.load.address = args.raw.empty() ? args.address : args.raw;
  args.load.mode = !args.raw.empty() ? Mode::kRaw : args.unary ? Mode::kUnary : Mode::kStream;
  SubmitOptions& submit = args.load.submit;
  submit.request.set_input(args.input);
  if (args.express) submit.request.set_type(v1::EXECUTION_TYPE_EXPRESS);
  submit.await = args.accept_only ? Await::kAccepted : Await::kClosed;
  if (args.request_ids) {
    submit.request_id_prefix = absl::StrCat("load-", absl::ToUnixNanos(absl::Now()), "-", getpid());
  }
  return absl::OkStatus();
}

// The target of the submits: stored by us, inline, or the caller's own.
absl::Status SetTarget(Arguments& args) {
  v1::SubmitWorkflowRequest& request = args.load.submit.request;
  if (!args.workflow.empty()) {
    request.set_workflow(args.workflow);
    return absl::OkStatus();
  }
  const std::string definition = WorkflowText(args.shape);
  if (args.is_inline) {
    request.mutable_inline_definition()->set_definition(definition);
    return absl::OkStatus();
  }
  auto client = client::Client::Connect({.address = args.address, .tls = {}});
  if (!client.ok()) return client.status();
  v1::UpdateWorkflowRequest update;
  update.mutable_workflow()->set_name("segue-load");
  update.mutable_workflow()->set_definition(definition);
  update.set_allow_missing(true);
  const auto applied = (*client)->UpdateWorkflow(update);
  if (!applied.ok()) return applied.status();
  request.set_workflow(applied->workflow().name());
  request.set_version(applied->workflow().version());
  return absl::OkStatus();
}

Hooks MakeHooks(const Arguments& args) {
  Hooks hooks{.stop = stop, .progress = {}, .server_stats = {}};
  if (!args.quiet) hooks.progress = [](const std::string& line) { std::cerr << line << '\n'; };
  if (args.server_pid > 0) {
    hooks.server_stats = [pid = args.server_pid] { return StatsOfProcess(pid); };
  } else if (!args.metrics_address.empty()) {
    hooks.server_stats = [address = args.metrics_address] { return StatsOfMetrics(address); };
  }
  return hooks;
}

absl::Status ServeEcho(const Arguments& args) {
  const auto delay = text::ParseDuration(args.echo_delay);
  if (!delay.ok()) return delay.status();
  const auto server = EchoServer::Start(
      {.address = args.serve_echo, .threads = args.echo_threads, .delay = *delay});
  if (!server.ok()) return server.status();
  std::cerr << "segue.load.v1.Echo on port " << (*server)->port() << '\n';
  while (!stop) absl::SleepFor(absl::Milliseconds(50));
  return absl::OkStatus();
}

absl::Status RunOnce(Arguments& args) {
  std::unique_ptr<Child> echo;
  if (!args.with_echo.empty()) {
    auto child =
        Child::Start({"/proc/self/exe", "--serve-echo", args.with_echo, "--echo-delay",
                      args.echo_delay, "--echo-threads", std::to_string(args.echo_threads)},
                     "/dev/null");
    if (!child.ok()) return child.status();
    echo = *std::move(child);
    const absl::Status ready = AwaitConnection(args.with_echo, absl::Seconds(10));
    if (!ready.ok()) return ready;
  }
  if (args.load.mode != Mode::kRaw) {
    if (auto status = SetTarget(args); !status.ok()) return status;
  }
  const auto result = RunLoad(args.load, MakeHooks(args));
  if (!result.ok()) return result.status();
  const ReportOptions report{.title = "",
                             .unit = args.load.mode == Mode::kRaw ? "calls" : "executions"};
  std::cout << (args.output == "json" ? text::PrettyJson(ReportJson(*result))
                                      : ReportText(*result, report));
  return absl::OkStatus();
}

int Main(int argc, char** argv) {
  Arguments args;
  CLI::App app("Load generator for Segue: begins executions and measures what becomes of them",
               "segue-load");
  app.require_subcommand(0, 1);
  AddLoadOptions(app, args);
  AddOptions(app, args);
  CLI::App* bench = AddBench(app, args);
  CLI11_PARSE(app, argc, argv);
  std::signal(SIGINT, OnSignal);
  std::signal(SIGTERM, OnSignal);
  absl::Status status = Finish(args);
  if (status.ok() && bench->parsed()) {
    args.bench.load = args.load;
    args.bench.shape = args.shape;
    args.bench.echo_threads = args.echo_threads;
    args.bench.json = args.output == "json";
    status = RunBench(args.bench, MakeHooks(args));
  } else if (status.ok()) {
    status = args.serve_echo.empty() ? RunOnce(args) : ServeEcho(args);
  }
  if (status.ok()) return 0;
  std::cerr << "error: " << client::Describe(status) << '\n';
  return 1;
}

}  // namespace
}  // namespace segue::load

int main(int argc, char** argv) { return segue::load::Main(argc, argv); }
