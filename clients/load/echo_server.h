#pragma once

// The service behind load tests: answers every call with what it got, as cheaply as gRPC allows.

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace segue::load {

struct EchoOptions {
  std::string address = "127.0.0.1:0";  // port 0: a free one
  int threads = 1;
  absl::Duration delay;  // before each answer
};

// Serves from construction to destruction, on threads of its own, with reflection and health.
class EchoServer {
 public:
  // UNAVAILABLE if the address cannot be had.
  static absl::StatusOr<std::unique_ptr<EchoServer>> Start(const EchoOptions& options);
  ~EchoServer();
  EchoServer(const EchoServer&) = delete;
  EchoServer& operator=(const EchoServer&) = delete;

  int port() const;

 private:
  struct State;
  explicit EchoServer(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

// A request of Echo/Call on the wire.
std::string EchoRequestBytes(const std::string& payload);

}  // namespace segue::load
