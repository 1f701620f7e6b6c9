#pragma once

// Connections to a Segue server.
//
// Threads: the function is pure but for reading the files it is given; a channel may be used from
// any thread.

#include <memory>
#include <optional>
#include <string>

#include "absl/status/statusor.h"

namespace grpc {
class Channel;
}

namespace segue::client {

// TLS. The server's certificate is always verified.
struct TlsOptions {
  std::string ca_file;      // PEM, who may sign the server's certificate; empty: the system's roots
  std::string cert_file;    // PEM, the client's own chain (mTLS), together with key_file; or empty
  std::string key_file;     // PEM, the client's private key
  std::string server_name;  // what the certificate must name; empty: the host of the address
};

struct ConnectOptions {
  std::string address = "127.0.0.1:50051";  // host:port or another gRPC target
  std::optional<TlsOptions> tls;            // unset: plain text
  // Not shared with other channels of this process to the same address: a connection of its own.
  bool own_connection = false;
};

// A channel that connects when it is first used. INVALID_ARGUMENT: a file of `tls` that cannot be
// read, or one of cert_file and key_file without the other.
absl::StatusOr<std::shared_ptr<grpc::Channel>> OpenChannel(const ConnectOptions& options);

}  // namespace segue::client
