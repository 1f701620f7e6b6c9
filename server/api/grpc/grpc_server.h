#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "server/api/grpc/rpc.h"

namespace grpc {
class Server;
class ServerBuilder;
class Service;
}  // namespace grpc

namespace segue::api {

// The gRPC endpoint: listens, offers health and reflection beside the API's services, and ends
// gracefully.
//
// Use: make it; take a queue for each executor from it; Start; then let each loop Accept. At the
// end SetNotServing, Shutdown while the loops still run, then end the loops.
class GrpcServer {
 public:
  struct Tls {
    std::string cert_file;
    std::string key_file;
    std::string client_ca_file;  // empty: clients need no certificate
  };
  struct Options {
    std::string address;
    std::optional<Tls> tls;
    int max_receive_bytes = 16 << 20;
    int max_send_bytes = 16 << 20;
    absl::Duration keepalive_time = absl::Seconds(60);
    absl::Duration keepalive_timeout = absl::Seconds(20);
    absl::Duration min_client_ping_interval = absl::Seconds(10);
    enum class PingsWithoutCalls {
      kAllow,
      kRefuse
    } pings_without_calls = PingsWithoutCalls::kAllow;
    absl::Duration max_connection_age = absl::Minutes(5);
    absl::Duration max_connection_age_grace = absl::Seconds(70);
    int max_concurrent_streams = 1000;
    enum class Reflection { kOn, kOff } reflection = Reflection::kOn;
  };

  explicit GrpcServer(Options options);
  ~GrpcServer();

  void Register(grpc::Service& service);
  // Before Start. The executor that is made over it owns it.
  std::unique_ptr<grpc::ServerCompletionQueue> AddQueue();
  // Unavailable where the address cannot be had. Health says NOT_SERVING until SetServing.
  absl::Status Start();
  // The port that is listened on.
  int port() const { return port_; }

  // What the health service says, for the whole server and for each of its services.
  void SetServing();
  void SetNotServing();

  // Takes no new call, lets those under way end until `deadline`, then cancels them. Blocks; the
  // loops must run on.
  void Shutdown(absl::Time deadline);

 private:
  const Options options_;
  std::unique_ptr<grpc::ServerBuilder> builder_;
  std::unique_ptr<grpc::Server> server_;
  int port_ = 0;
};

}  // namespace segue::api
