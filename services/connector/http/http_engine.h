#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "server/async/cancellation.h"
#include "server/async/executor.h"
#include "server/async/task.h"

namespace segue::services {

// What it tells of itself to whoever it calls.
inline constexpr char kUserAgent[] = "segue";

using HttpHeaders = std::vector<std::pair<std::string, std::string>>;

// TLS of a client; empty fields are the system's own.
struct HttpTls {
  std::string ca_file;
  std::string cert_file;
  std::string key_file;
  std::string server_name;
};

struct HttpRequest {
  std::string method;
  std::string url;  // http or https
  HttpHeaders headers;
  std::string body;
  absl::Time deadline = absl::InfiniteFuture();
  absl::Duration connect_timeout = absl::Seconds(5);
  int64_t response_bytes_max = 256 * 1024;
  HttpTls tls;
};

struct HttpResponse {
  enum class Result {
    kResponse,   // of whatever status
    kSocket,     // no connection, TLS failed, or broken off; `message` says why
    kTimeout,    // the deadline passed
    kTooLarge,   // more than response_bytes_max
    kCancelled,  // asked to
  };
  Result result = Result::kSocket;
  std::string message;
  int status = 0;
  std::string status_text;
  HttpHeaders headers;  // names in lower case
  std::string body;
};

// Sends HTTP requests for all HTTP services: libcurl's multi interface on one thread of its own,
// with connections kept for reuse, HTTP/2 over TLS where the server speaks it, redirects not
// followed, nothing sent twice on purpose.
//
// Threads: Fetch is called and completes on its executor's thread; any number of executors.
// Ownership: outlives all fetches.
// Errors: values in HttpResponse.
class HttpEngine {
 public:
  HttpEngine();
  ~HttpEngine();
  HttpEngine(const HttpEngine&) = delete;
  HttpEngine& operator=(const HttpEngine&) = delete;

  // Not bounded here: budgets bound the attempts in flight.
  async::Task<HttpResponse> Fetch(HttpRequest request, async::Executor& executor,
                                  async::CancelToken cancel);

 private:
  class Loop;
  std::unique_ptr<Loop> loop_;
};

}  // namespace segue::services
