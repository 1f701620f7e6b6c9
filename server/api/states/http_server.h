#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/api/states/hangup.h"

namespace segue::api::states {

struct HttpRequest {
  std::string method;
  std::string target;                                        // as sent: path and query
  std::vector<std::pair<std::string, std::string>> headers;  // in order, names as sent
  std::string body;
  std::shared_ptr<Hangup> hangup;  // may be null

  // The first value of a header, whatever the case of its name; nullptr where it is absent.
  const std::string* Header(std::string_view name) const;
};

struct HttpResponse {
  int status = 200;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
};

// An HTTP/1.1 server: one thread of its own, keep-alive, bounds on what a client may send and how
// long it may take.
//
// Threads: made, drained and destroyed by one thread; the handler is called on the server's own,
// and answers through `done` from any. Ownership: destroy it before what the handler uses; a `done`
// may come, or be dropped, after that.
// Bounds: connections (a further one is closed at once), bytes of a request (413), and time for
// reading and writing one. A connection has one request under way; what it sends meanwhile waits in
// the socket.
class HttpServer {
 public:
  struct Options {
    std::string address;  // host:port; port 0 picks one
    size_t max_body_bytes = size_t{4} << 20;
    size_t max_connections = 10'000;
    absl::Duration idle_timeout = absl::Seconds(120);
    absl::Duration transfer_timeout = absl::Seconds(30);
  };
  using Done = absl::AnyInvocable<void(HttpResponse)>;
  using Handler = absl::AnyInvocable<void(HttpRequest, Done)>;

  // Unavailable where the address cannot be had, InvalidArgument where it is none.
  static absl::StatusOr<std::unique_ptr<HttpServer>> Listen(Options options, Handler handler);
  ~HttpServer();

  // The port that is listened on.
  int port() const;

  // Takes no new connection, closes the idle ones; those under way are closed once answered.
  void Drain();
  // Drain, then up to `grace` for what is under way. Blocks.
  void Shutdown(absl::Duration grace);

 private:
  struct Impl;
  explicit HttpServer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace segue::api::states
