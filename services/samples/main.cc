// segue-samples: the services that the examples, the demo and the tests call.

#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/grpcpp.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "services/samples/control.h"
#include "services/samples/shop.h"
#include "services/samples/web.h"

namespace {

using segue::Json;
using segue::samples::HttpConduct;
using segue::samples::HttpServer;
using segue::samples::Ledger;
using segue::samples::Switches;

constexpr const char* kServices[] = {"inventory", "payment",   "shipping", "notification",
                                     "records",   "warehouse", "csv"};

struct Flags {
  int grpc_port = 50061;
  int http_port = 50062;
  uint64_t seed = 1;
  double latency_ms = 0;
  double failure_rate = 0;
  double lost_rate = 0;
  std::vector<std::string> switches;
  std::string ledger_file;
  std::string csv_dir;
};

void AddFlags(CLI::App& app, Flags& flags) {
  app.add_option("--grpc-port", flags.grpc_port, "Of shop.v1 and samples.v1; 0: a free one")
      ->capture_default_str();
  app.add_option("--http-port", flags.http_port, "Of the HTTP services; 0: a free one")
      ->capture_default_str();
  app.add_option("--seed", flags.seed, "Of what is random")->capture_default_str();
  app.add_option("--latency-ms", flags.latency_ms, "A call takes 0 to so long");
  app.add_option("--failure-rate", flags.failure_rate, "Of calls that fail as UNAVAILABLE, 0 to 1");
  app.add_option("--lost-rate", flags.lost_rate, "Of calls that work, but whose answer is lost");
  app.add_option(
         "--switch", flags.switches,
         "One service's own behaviour instead, SERVICE=JSON: "
         "payment={\"latency_ms\":[5,50],\"failure_rate\":0.1,\"failure_code\":\"INTERNAL\","
         "\"fail_first\":2,\"lost_rate\":0.1,\"push_back_rate\":0.1,\"retry_after_ms\":500}")
      ->allow_extra_args(false);
  app.add_option("--ledger-file", flags.ledger_file, "Every call is appended there, JSON lines");
  app.add_option("--csv-dir", flags.csv_dir, "Where POST /csv/<file> appends")
      ->check(CLI::ExistingDirectory);
}

// One service's behaviour, from "payment={...}".
absl::Status SetOne(const std::string& text, Switches& switches) {
  const size_t equals = text.find('=');
  if (equals == std::string::npos) return absl::InvalidArgumentError("--switch: SERVICE=JSON");
  const auto json = Json::Parse(text.substr(equals + 1));
  if (!json.ok()) return json.status();
  const auto behaviour = segue::samples::ReadBehaviour(*json);
  if (!behaviour.ok()) return behaviour.status();
  switches.Set(text.substr(0, equals), *behaviour);
  return absl::OkStatus();
}

absl::Status SetAll(const Flags& flags, Switches& switches) {
  const auto behaviour =
      segue::samples::ReadBehaviour(Json::Of({{"latency_ms", Json::List({0, flags.latency_ms})},
                                              {"failure_rate", flags.failure_rate},
                                              {"lost_rate", flags.lost_rate}}));
  if (!behaviour.ok()) return behaviour.status();
  for (const char* service : kServices) switches.Set(service, *behaviour);
  for (const std::string& text : flags.switches) {
    if (absl::Status status = SetOne(text, switches); !status.ok()) return status;
  }
  return absl::OkStatus();
}

int Fail(const std::string& message) {
  std::cerr << "segue-samples: " << message << "\n";
  return 1;
}

int Serve(const Flags& flags, const sigset_t& ends) {
  Ledger ledger(flags.ledger_file);
  Switches switches(flags.seed);
  absl::Notification ending;
  if (absl::Status status = SetAll(flags, switches); !status.ok()) {
    return Fail(std::string(status.message()));
  }
  grpc::reflection::InitProtoReflectionServerBuilderPlugin();
  grpc::ServerBuilder builder;
  // Otherwise a second process takes the same port, and half of the calls.
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  int grpc_port = 0;
  builder.AddListeningPort(absl::StrCat("127.0.0.1:", flags.grpc_port),
                           grpc::InsecureServerCredentials(), &grpc_port);
  const std::unique_ptr<grpc::Service> services[] = {
      MakeInventory(ledger, switches), MakePayment(ledger, switches),
      MakeShipping(ledger, switches), MakeLedgerService(ledger, switches, ending),
      MakeSwitchesService(switches)};
  for (const auto& service : services) builder.RegisterService(service.get());
  const std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  if (server == nullptr) return Fail("the gRPC port is in use: --grpc-port chooses another");
  const HttpConduct conduct(ledger, switches, ending);
  const auto web =
      HttpServer::Listen(flags.http_port, MakeWeb(conduct, ledger, switches, flags.csv_dir));
  if (!web.ok()) return Fail(std::string(web.status().message()));

  std::cout << Json::Of({{"grpc_port", grpc_port}, {"http_port", (*web)->port()}}).Dump() << "\n"
            << std::flush;
  int signal = 0;
  sigwait(&ends, &signal);
  ending.Notify();
  server->Shutdown(absl::ToChronoTime(absl::Now() + absl::Seconds(1)));
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  // Debian's Abseil looks for lock cycles at every lock, as debug builds do.
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
  CLI::App app{"segue-samples: the services that the examples call; prints its ports when ready"};
  Flags flags;
  AddFlags(app, flags);
  CLI11_PARSE(app, argc, argv);

  // Before any thread is made, so that all of them leave the signals to this one.
  sigset_t ends;
  sigemptyset(&ends);
  sigaddset(&ends, SIGTERM);
  sigaddset(&ends, SIGINT);
  pthread_sigmask(SIG_BLOCK, &ends, nullptr);
  return Serve(flags, ends);
}
