#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/base/json.h"
#include "server/base/outcome.h"
#include "services/connector/connector.h"
#include "services/connector/http/http_engine.h"
#include "services/connector/http_trace.h"

// Arguments of a task as an HTTP request, a response as its result. Pure.
namespace segue::services {

// The two shapes that arguments have (README.md, "Workflows").
enum class HttpShape {
  kService,  // http:<service>: Path under the configured base_url
  kInvoke,   // arn:aws:states:::http:invoke: ApiEndpoint
};

// What the configuration gives to every request.
struct HttpDefaults {
  HttpShape shape = HttpShape::kService;
  std::string base_url;  // of kService
  HttpHeaders headers;
  absl::Duration connect_timeout = absl::Seconds(5);
  int64_t response_bytes_max = 256 * 1024;
  HttpTls tls;
};

// A name and a value that may be sent as a header. InvalidArgument says what is wrong.
absl::Status CheckHeader(const std::string& name, const std::string& value);
// Whether the header is for a configuration to set: not the framing, nor what Segue sets.
absl::Status CheckConfiguredHeader(const std::string& name, const std::string& value);

// InvalidArgument names the argument.
absl::StatusOr<HttpRequest> MakeRequest(const Call& call, const HttpDefaults& defaults);

// The result of an attempt; `now` is what a date in Retry-After counts from.
CallResult MakeResult(HttpResponse response, HttpShape shape, absl::Time now);

// As HttpTrace shows them. What is not UTF-8: of a header escaped, of a body in base64.
HttpTrace::Request TracedRequest(const HttpRequest& request);
HttpTrace::Response TracedResponse(const HttpResponse& response);

// Seconds, or an HTTP date in any of its three forms (RFC 9110, 5.6.7); in the past is zero.
// Nothing where it is neither.
std::optional<absl::Duration> ParseRetryAfter(std::string_view text, absl::Time now);

// application/json and types that end in +json, whatever their parameters.
bool IsJsonType(std::string_view content_type);

}  // namespace segue::services
