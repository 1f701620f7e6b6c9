#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"

namespace segue::samples {

struct HttpRequest {
  std::string method;
  std::string path;   // without the query
  std::string query;  // "page=2&file=x"
  std::string body;
  std::string idempotency_key;
};

struct HttpResponse {
  int status = 200;
  std::string content_type = "application/json";
  std::string body = "{}";
  std::vector<std::pair<std::string, std::string>> headers;  // beside the content type
};

// A small HTTP/1.1 server on 127.0.0.1: a thread for each connection. `handler` is called on any of
// them; the destructor waits for the calls under way.
class HttpServer {
 public:
  using Handler = std::function<HttpResponse(const HttpRequest&)>;
  static absl::StatusOr<std::unique_ptr<HttpServer>> Listen(int port, Handler handler);
  virtual ~HttpServer() = default;
  virtual int port() const = 0;
};

}  // namespace segue::samples
