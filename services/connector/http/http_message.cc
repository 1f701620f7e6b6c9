#include "services/connector/http/http_message.h"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "services/connector/header_value.h"
#include "services/connector/http/http_url.h"
#include "services/connector/http/utf8.h"

namespace segue::services {
namespace {

constexpr std::array kMethods = {"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"};
constexpr std::array kServiceArguments = {"Method", "Path", "Headers", "QueryParameters",
                                          "RequestBody"};
constexpr std::array kInvokeArguments = {"ApiEndpoint",     "Method",          "Headers",
                                         "QueryParameters", "RequestBody",     "Transform",
                                         "Authentication",  "InvocationConfig"};
// How a message is framed and which connection it takes is not a task's affair.
constexpr std::array kFraming = {"connection", "content-length",   "expect", "host",
                                 "keep-alive", "proxy-connection", "te",     "trailer",
                                 "upgrade",    "transfer-encoding"};
constexpr const char* kIdempotencyKey = "Idempotency-Key";
constexpr const char* kTraceParent = "traceparent";
constexpr const char* kExecutionId = "Segue-Execution-Id";
constexpr const char* kAttempt = "Segue-Attempt";
constexpr const char* kContentType = "Content-Type";
constexpr const char* kFormType = "application/x-www-form-urlencoded";

absl::Status Fault(absl::string_view place, absl::string_view text) {
  return absl::InvalidArgumentError(absl::StrCat(place, ": ", text));
}

const std::string* FindHeader(const HttpHeaders& headers, absl::string_view name) {
  for (const auto& [key, value] : headers) {
    if (absl::EqualsIgnoreCase(key, name)) return &value;
  }
  return nullptr;
}

bool IsFraming(const std::string& name) {
  const std::string lower = absl::AsciiStrToLower(name);
  return std::find(kFraming.begin(), kFraming.end(), lower) != kFraming.end();
}

template <size_t N>
absl::Status CheckNames(const Json::Object& arguments, const std::array<const char*, N>& names) {
  for (const auto& [name, value] : arguments) {
    if (std::find(names.begin(), names.end(), name) == names.end()) {
      return Fault(name, absl::StrCat("no such argument; there are ", absl::StrJoin(names, ", ")));
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> MethodOf(const Json& arguments, const HttpDefaults& defaults) {
  const Json* method = arguments.Find("Method");
  if (!method || method->is_null()) {
    if (defaults.shape == HttpShape::kInvoke) return Fault("Method", "missing");
    const Json* body = arguments.Find("RequestBody");
    return body && !body->is_null() ? "POST" : "GET";
  }
  if (!method->is_string() ||
      std::find(kMethods.begin(), kMethods.end(), method->string()) == kMethods.end()) {
    return Fault("Method", absl::StrCat("expected one of ", absl::StrJoin(kMethods, ", ")));
  }
  return method->string();
}

absl::StatusOr<std::string> UrlOf(const Json& arguments, const HttpDefaults& defaults) {
  absl::StatusOr<std::string> url;
  if (defaults.shape == HttpShape::kInvoke) {
    const std::string* endpoint = arguments.FindString("ApiEndpoint");
    if (!endpoint) return Fault("ApiEndpoint", "expected a URL");
    url = CheckUrl(*endpoint);
    if (!url.ok()) return Fault("ApiEndpoint", url.status().message());
  } else {
    const Json* path = arguments.Find("Path");
    if (path && !path->is_null() && !path->is_string()) return Fault("Path", "expected a string");
    url = JoinUrl(defaults.base_url, path && path->is_string() ? path->string() : "");
  }
  if (!url.ok()) return url;
  const Json* parameters = arguments.Find("QueryParameters");
  if (!parameters || parameters->is_null()) return url;
  return WithQuery(*std::move(url), *parameters);
}

absl::Status AddTaskHeader(const std::string& name, const Json& value, HttpHeaders* headers) {
  const std::string place = absl::StrCat("Headers.", absl::CHexEscape(name));
  std::string text;
  if (value.is_string()) {
    text = value.string();
  } else if (value.is_number() || value.is_bool()) {
    text = value.Dump();
  } else {
    return Fault(place, "expected a string");
  }
  if (absl::Status status = CheckHeader(name, text); !status.ok()) {
    return Fault(place, status.message());
  }
  if (IsFraming(name)) return Fault(place, "cannot be set");
  headers->emplace_back(name, std::move(text));
  return absl::OkStatus();
}

// The task's headers go before configured ones of the same name.
absl::StatusOr<HttpHeaders> HeadersOf(const Json& arguments, const HttpDefaults& defaults) {
  HttpHeaders headers;
  const Json* given = arguments.Find("Headers");
  if (given && !given->is_null()) {
    if (!given->is_object()) return Fault("Headers", "expected an object");
    for (const auto& [name, value] : given->object()) {
      const Json::Array one = {value};
      for (const Json& element : value.is_array() ? value.array() : one) {
        if (absl::Status status = AddTaskHeader(name, element, &headers); !status.ok()) {
          return status;
        }
      }
    }
  }
  const size_t own = headers.size();
  for (const auto& [name, value] : defaults.headers) {
    const bool overridden = std::any_of(
        headers.begin(), headers.begin() + static_cast<std::ptrdiff_t>(own),
        [&name](const auto& header) { return absl::EqualsIgnoreCase(header.first, name); });
    if (!overridden) headers.emplace_back(name, value);
  }
  return headers;
}

// How a body is encoded, where Transform says so.
absl::StatusOr<std::optional<ArrayFormat>> FormOf(const Json& arguments) {
  const Json* transform = arguments.Find("Transform");
  if (!transform || transform->is_null()) return std::nullopt;
  const std::string* encoding = transform->FindString("RequestBodyEncoding");
  if (!encoding || (*encoding != "URL_ENCODED" && *encoding != "NONE")) {
    return Fault("Transform.RequestBodyEncoding", "expected URL_ENCODED or NONE");
  }
  if (*encoding == "NONE") return std::nullopt;
  const Json* options = transform->Find("RequestEncodingOptions");
  const Json* format = options ? options->Find("ArrayFormat") : nullptr;
  if (!format) return ArrayFormat::kIndices;
  constexpr std::array<std::pair<const char*, ArrayFormat>, 4> kFormats = {{
      {"INDICES", ArrayFormat::kIndices},
      {"REPEAT", ArrayFormat::kRepeat},
      {"COMMAS", ArrayFormat::kCommas},
      {"BRACKETS", ArrayFormat::kBrackets},
  }};
  for (const auto& [name, value] : kFormats) {
    if (format->is_string() && format->string() == name) return value;
  }
  return Fault("Transform.RequestEncodingOptions.ArrayFormat",
               "expected INDICES, REPEAT, COMMAS or BRACKETS");
}

// Sets the body and, where none was given, its type.
absl::Status AddBody(const Json& arguments, HttpRequest* request) {
  const Json* body = arguments.Find("RequestBody");
  if (!body || body->is_null()) return absl::OkStatus();
  absl::StatusOr<std::optional<ArrayFormat>> form = FormOf(arguments);
  if (!form.ok()) return form.status();
  const std::string* given_type = FindHeader(request->headers, kContentType);
  const std::string type = given_type ? *given_type : "";
  // A body that already is text of the type that was named.
  const bool is_ready = body->is_string() && !type.empty() && !IsJsonType(type);
  if (is_ready) {
    request->body = body->string();
    return absl::OkStatus();
  }
  if (form->has_value() || absl::StartsWithIgnoreCase(type, kFormType)) {
    auto encoded = FormEncode(*body, form->value_or(ArrayFormat::kIndices));
    if (!encoded.ok()) return encoded.status();
    request->body = *std::move(encoded);
    if (type.empty()) request->headers.emplace_back(kContentType, kFormType);
    return absl::OkStatus();
  }
  if (!type.empty() && !IsJsonType(type)) {
    return Fault("RequestBody", absl::StrCat("expected a string, as Content-Type is ", type));
  }
  request->body = body->Dump();
  if (type.empty()) request->headers.emplace_back(kContentType, "application/json");
  return absl::OkStatus();
}

std::string HeaderText(const std::string& value) {
  return IsUtf8(value) ? value : absl::CHexEscape(value);
}

Json HeadersAsJson(const HttpHeaders& headers) {
  std::vector<std::pair<std::string, Json::Array>> lists;
  for (const auto& [name, value] : headers) {
    const auto found = std::find_if(lists.begin(), lists.end(),
                                    [&name](const auto& list) { return list.first == name; });
    Json text(HeaderText(value));
    if (found != lists.end()) {
      found->second.push_back(std::move(text));
    } else {
      lists.emplace_back(name, Json::Array{std::move(text)});
    }
  }
  std::vector<Json::Member> members;
  for (auto& [name, list] : lists) members.emplace_back(std::move(name), Json(std::move(list)));
  return Json(Json::Object(std::move(members)));
}

// HTTP/2 sends no text with a status: then the one that RFC 9110 gives it.
std::string StatusTextOf(const HttpResponse& response) {
  if (!response.status_text.empty()) return response.status_text;
  constexpr std::pair<int, const char*> kTexts[] = {
      {200, "OK"},
      {201, "Created"},
      {202, "Accepted"},
      {203, "Non-Authoritative Information"},
      {204, "No Content"},
      {206, "Partial Content"},
      {301, "Moved Permanently"},
      {302, "Found"},
      {304, "Not Modified"},
      {400, "Bad Request"},
      {401, "Unauthorized"},
      {403, "Forbidden"},
      {404, "Not Found"},
      {405, "Method Not Allowed"},
      {409, "Conflict"},
      {422, "Unprocessable Content"},
      {429, "Too Many Requests"},
      {500, "Internal Server Error"},
      {502, "Bad Gateway"},
      {503, "Service Unavailable"},
      {504, "Gateway Timeout"},
  };
  for (const auto& [status, text] : kTexts) {
    if (status == response.status) return text;
  }
  return "";
}

WorkflowError StatusError(const HttpResponse& response, HttpShape shape) {
  const char* prefix = shape == HttpShape::kInvoke ? "States.Http.StatusCode." : "Http.StatusCode.";
  std::string cause = IsUtf8(response.body) ? response.body : absl::CHexEscape(response.body);
  if (cause.empty()) {
    const std::string text = StatusTextOf(response);
    cause = absl::StrCat(response.status, text.empty() ? "" : " ", text);
  }
  return {absl::StrCat(prefix, response.status), std::move(cause)};
}

Outcome<Json> ResultOf(HttpResponse response) {
  std::vector<Json::Member> members;
  members.emplace_back("StatusCode", Json(response.status));
  members.emplace_back("StatusText", Json(StatusTextOf(response)));
  members.emplace_back("Headers", HeadersAsJson(response.headers));
  const std::string* type = FindHeader(response.headers, kContentType);
  if (!response.body.empty() && type && IsJsonType(*type)) {
    auto parsed = Json::Parse(response.body);
    if (!parsed.ok()) {
      return WorkflowError{"Http.MalformedResponse", std::string(parsed.status().message())};
    }
    members.emplace_back("ResponseBody", *std::move(parsed));
  } else if (IsUtf8(response.body)) {
    members.emplace_back("ResponseBody", Json(std::move(response.body)));
  } else {
    members.emplace_back("ResponseBody", Json(absl::Base64Escape(response.body)));
    members.emplace_back("ResponseBodyEncoding", Json("BASE64"));
  }
  return Json(Json::Object(std::move(members)));
}

}  // namespace

absl::Status CheckHeader(const std::string& name, const std::string& value) {
  constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~";
  const auto is_token = [&](char c) {
    return absl::ascii_isalnum(static_cast<unsigned char>(c)) ||
           kMarks.find(c) != std::string_view::npos;
  };
  if (name.empty() || !std::all_of(name.begin(), name.end(), is_token)) {
    return absl::InvalidArgumentError("not a header name");
  }
  const auto is_control = [](char c) {
    return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f;
  };
  if (std::any_of(value.begin(), value.end(), is_control)) {
    return absl::InvalidArgumentError("control characters cannot stand in a header");
  }
  return absl::OkStatus();
}

absl::Status CheckConfiguredHeader(const std::string& name, const std::string& value) {
  if (absl::Status status = CheckHeader(name, value); !status.ok()) return status;
  constexpr std::array kSetBySegue = {kIdempotencyKey, kTraceParent, kExecutionId, kAttempt};
  if (std::any_of(kSetBySegue.begin(), kSetBySegue.end(),
                  [&](const char* own) { return absl::EqualsIgnoreCase(name, own); })) {
    return absl::InvalidArgumentError("is set by Segue");
  }
  if (IsFraming(name) && !absl::EqualsIgnoreCase(name, "host")) {
    return absl::InvalidArgumentError("cannot be set");
  }
  return absl::OkStatus();
}

absl::StatusOr<HttpRequest> MakeRequest(const Call& call, const HttpDefaults& defaults) {
  static const Json kNone{Json::Object()};
  const Json& arguments = call.arguments.is_null() ? kNone : call.arguments;
  if (!arguments.is_object()) return absl::InvalidArgumentError("expected an object");
  absl::Status names = defaults.shape == HttpShape::kInvoke
                           ? CheckNames(arguments.object(), kInvokeArguments)
                           : CheckNames(arguments.object(), kServiceArguments);
  if (!names.ok()) return names;
  HttpRequest request;
  auto method = MethodOf(arguments, defaults);
  if (!method.ok()) return method.status();
  request.method = *std::move(method);
  auto url = UrlOf(arguments, defaults);
  if (!url.ok()) return url.status();
  request.url = *std::move(url);
  auto headers = HeadersOf(arguments, defaults);
  if (!headers.ok()) return headers.status();
  request.headers = *std::move(headers);
  if (absl::Status status = AddBody(arguments, &request); !status.ok()) return status;
  const auto add = [&request](const char* name, const std::string& value) {
    if (value.empty() || FindHeader(request.headers, name)) return;
    request.headers.emplace_back(name, AsHeaderValue(value));
  };
  add(kIdempotencyKey, call.idempotency_key);
  add(kTraceParent, call.trace_parent);
  add(kExecutionId, call.execution_id);
  if (!call.execution_id.empty()) add(kAttempt, absl::StrCat(call.attempt));
  request.deadline = call.deadline;
  request.connect_timeout = defaults.connect_timeout;
  request.response_bytes_max = defaults.response_bytes_max;
  request.tls = defaults.tls;
  return request;
}

CallResult MakeResult(HttpResponse response, HttpShape shape, absl::Time now) {
  switch (response.result) {
    case HttpResponse::Result::kSocket:
      return {WorkflowError{"States.Http.Socket", response.message}, std::nullopt};
    case HttpResponse::Result::kTimeout:
      return {WorkflowError{"States.Timeout", response.message}, std::nullopt};
    case HttpResponse::Result::kTooLarge:
      return {WorkflowError{"Http.ResponseTooLarge", response.message}, std::nullopt};
    case HttpResponse::Result::kCancelled:
      return {WorkflowError{"Http.Cancelled", response.message}, std::nullopt};
    case HttpResponse::Result::kResponse:
      break;
  }
  if (response.status < 300) return {ResultOf(std::move(response)), std::nullopt};
  const std::string* retry_after = FindHeader(response.headers, "retry-after");
  return {StatusError(response, shape),
          retry_after ? ParseRetryAfter(*retry_after, now) : std::nullopt};
}

namespace {

HttpTrace::Headers TracedHeaders(const HttpHeaders& headers) {
  HttpTrace::Headers traced;
  for (const auto& [name, value] : headers) traced.emplace_back(name, HeaderText(value));
  return traced;
}

std::string TracedBody(const std::string& body) {
  return IsUtf8(body) ? body : absl::Base64Escape(body);
}

}  // namespace

HttpTrace::Request TracedRequest(const HttpRequest& request) {
  HttpTrace::Request traced{.method = request.method,
                            .url = request.url,
                            .headers = TracedHeaders(request.headers),
                            .body = TracedBody(request.body)};
  if (FindHeader(request.headers, "User-Agent") == nullptr) {
    traced.headers.emplace_back("User-Agent", kUserAgent);
  }
  return traced;
}

HttpTrace::Response TracedResponse(const HttpResponse& response) {
  return {.status = response.status,
          .status_text = StatusTextOf(response),
          .headers = TracedHeaders(response.headers),
          .body = TracedBody(response.body)};
}

std::optional<absl::Duration> ParseRetryAfter(std::string_view text, absl::Time now) {
  const absl::string_view trimmed =
      absl::StripAsciiWhitespace(absl::string_view(text.data(), text.size()));
  const bool digits =
      !trimmed.empty() && std::all_of(trimmed.begin(), trimmed.end(),
                                      [](unsigned char c) { return absl::ascii_isdigit(c); });
  int64_t seconds = 0;
  if (digits) {
    if (!absl::SimpleAtoi(trimmed, &seconds)) return std::nullopt;
    return absl::Seconds(seconds);
  }
  for (const char* format :
       {"%a, %d %b %Y %H:%M:%S GMT", "%A, %d-%b-%y %H:%M:%S GMT", "%a %b %d %H:%M:%S %Y"}) {
    absl::Time date;
    std::string fault;
    if (!absl::ParseTime(format, trimmed, &date, &fault) || date == absl::InfiniteFuture() ||
        date == absl::InfinitePast()) {
      continue;
    }
    return std::max(date - now, absl::ZeroDuration());
  }
  return std::nullopt;
}

bool IsJsonType(std::string_view content_type) {
  absl::string_view type(content_type.data(), content_type.size());
  type = absl::StripAsciiWhitespace(type.substr(0, type.find(';')));
  return absl::EqualsIgnoreCase(type, "application/json") ||
         absl::EndsWithIgnoreCase(type, "+json");
}

}  // namespace segue::services
