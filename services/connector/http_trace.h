#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace segue::services {

// What went over the wire in a call of http:invoke, for who wants to look at it: its connector
// fills it in. A message that was not sent, or that did not come, is not there.
//
// Threads: written on the call's executor, and not any more once the call was given up; read after
// its result.
struct HttpTrace {
  using Headers = std::vector<std::pair<std::string, std::string>>;
  struct Request {
    std::string method;
    std::string url;
    Headers headers;
    std::string body;
  };
  struct Response {
    int status = 0;
    std::string status_text;
    Headers headers;
    std::string body;
  };

  // What a connection adds to the request.
  enum class Secrets { kHide, kReveal } secrets = Secrets::kHide;
  std::optional<Request> request;
  std::optional<Response> response;
};

}  // namespace segue::services
