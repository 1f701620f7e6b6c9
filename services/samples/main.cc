#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/grpcpp.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "server/base/json.h"
#include "services/samples/http_server.h"
#include "services/samples/ledger.h"
#include "services/samples/shop.h"
#include "services/samples/switches.h"
#include "services/samples/web.h"

namespace {

struct Flags {
  int grpc_port = 50061;
  int http_port = 50062;
  uint64_t seed = 1;
  double latency_ms = 0;
  double failure_rate = 0;
  double lost_rate = 0;
  std::string ledger_file;
  std::string csv_dir;
};

void AddFlags(CLI::App& app, Flags& flags) {
  app.add_option("--grpc-port", flags.grpc_port, "Of shop.v1; 0: a free one [50061]");
  app.add_option("--http-port", flags.http_port, "Of the HTTP services; 0: a free one [50062]");
  app.add_option("--seed", flags.seed, "Of what is random [1]");
  app.add_option("--latency-ms", flags.latency_ms, "A call takes 0 to so long [0]");
  app.add_option("--failure-rate", flags.failure_rate, "Of calls that fail as UNAVAILABLE [0]");
  app.add_option("--lost-rate", flags.lost_rate, "Of calls whose answer is lost [0]");
  app.add_option("--ledger-file", flags.ledger_file, "Every call is appended there, JSON lines");
  app.add_option("--csv-dir", flags.csv_dir, "Where POST /csv/<file> appends");
}

// The behaviour that the flags give to all services.
absl::Status SetAll(const Flags& flags, segue::samples::Switches& switches) {
  using segue::Json;
  const Json behaviour = Json::Of({{"latency_ms", Json::List({0, flags.latency_ms})},
                                   {"failure_rate", flags.failure_rate},
                                   {"lost_rate", flags.lost_rate}});
  for (const char* service : {"inventory", "payment", "shipping", "notification", "warehouse"}) {
    if (absl::Status status = switches.Set(service, behaviour); !status.ok()) return status;
  }
  return absl::OkStatus();
}

int Fail(const std::string& message) {
  std::cerr << "segue-samples: " << message << "\n";
  return 1;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"segue-samples: the services that the examples call"};
  Flags flags;
  AddFlags(app, flags);
  CLI11_PARSE(app, argc, argv);

  sigset_t ends;
  sigemptyset(&ends);
  sigaddset(&ends, SIGTERM);
  sigaddset(&ends, SIGINT);
  pthread_sigmask(SIG_BLOCK, &ends, nullptr);

  segue::samples::Ledger ledger(flags.ledger_file);
  segue::samples::Switches switches(flags.seed);
  if (absl::Status status = SetAll(flags, switches); !status.ok()) {
    return Fail(std::string(status.message()));
  }
  grpc::reflection::InitProtoReflectionServerBuilderPlugin();
  grpc::ServerBuilder builder;
  int grpc_port = 0;
  builder.AddListeningPort(absl::StrCat("127.0.0.1:", flags.grpc_port),
                           grpc::InsecureServerCredentials(), &grpc_port);
  auto shop = segue::samples::MakeShop(ledger, switches);
  for (const auto& service : shop) builder.RegisterService(service.get());
  const std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  if (server == nullptr) return Fail("the gRPC port is in use: --grpc-port chooses another");
  auto web = segue::samples::HttpServer::Listen(
      flags.http_port, segue::samples::MakeWeb(ledger, switches, flags.csv_dir));
  if (!web.ok()) return Fail(std::string(web.status().message()));

  std::cout << segue::Json::Of({{"grpc_port", grpc_port}, {"http_port", (*web)->port()}}).Dump()
            << std::endl;
  int signal = 0;
  sigwait(&ends, &signal);
  server->Shutdown(absl::ToChronoTime(absl::Now() + absl::Seconds(1)));
  return 0;
}
