#include "services/connector/lambda/lambda_message.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "services/connector/header_value.h"
#include "services/connector/http/http_url.h"

namespace segue::services {
namespace {

// Parameters that travel as headers.
constexpr std::array<std::pair<const char*, const char*>, 3> kHeaderParameters = {{
    {"InvocationType", "X-Amz-Invocation-Type"},
    {"LogType", "X-Amz-Log-Type"},
    {"ClientContext", "X-Amz-Client-Context"},
}};

// Response headers as Step Functions names them in a result [recorded]; others are not the API's.
constexpr std::array kShownHeaders = {"Connection",
                                      "Content-Length",
                                      "Content-Type",
                                      "Date",
                                      "X-Amz-Executed-Version",
                                      "X-Amz-Function-Error",
                                      "X-Amz-Log-Result",
                                      "x-amzn-Remapped-Content-Length",
                                      "x-amzn-RequestId",
                                      "X-Amzn-Trace-Id"};

absl::Status Fault(absl::string_view text) { return absl::InvalidArgumentError(text); }

std::string HeaderOf(const HttpResponse& response, absl::string_view name) {
  for (const auto& [key, value] : response.headers) {
    if (absl::EqualsIgnoreCase(key, name)) return value;
  }
  return "";
}

absl::Status AddParameters(const Json& arguments, HttpRequest* request) {
  for (const auto& [name, header] : kHeaderParameters) {
    const Json* value = arguments.Find(name);
    if (value == nullptr || value->is_null()) continue;
    if (!value->is_string()) return Fault(absl::StrCat(name, ": expected a string"));
    request->headers.emplace_back(header, AsHeaderValue(value->string()));
  }
  const Json* qualifier = arguments.Find("Qualifier");
  if (qualifier == nullptr || qualifier->is_null()) return absl::OkStatus();
  if (!qualifier->is_string()) return Fault("Qualifier: expected a string");
  absl::StrAppend(&request->url, "?Qualifier=", PercentEncode(qualifier->string()));
  return absl::OkStatus();
}

// The integration's Payload may be JSON text already, and null is no payload [recorded].
std::string BodyOf(const Json& payload, const std::string& method) {
  if (method != kLambdaInvoke) return payload.Dump();
  if (payload.is_null()) return "";
  const bool is_ready = payload.is_string() && Json::Parse(payload.string()).ok();
  return is_ready ? payload.string() : payload.Dump();
}

// What the function returned. A JSON string that holds the text of one more is that one [recorded].
Outcome<Json> PayloadOf(const HttpResponse& response) {
  if (response.body.empty()) return Json();
  absl::StatusOr<Json> payload = Json::Parse(response.body);
  if (!payload.ok()) {
    return WorkflowError{"Lambda.MalformedResponse",
                         absl::StrCat("the function's answer is not JSON: ",
                                      std::string(payload.status().message()))};
  }
  if (payload->is_string() && payload->string().starts_with('"')) {
    absl::StatusOr<Json> inner = Json::Parse(payload->string());
    if (inner.ok() && inner->is_string()) return *std::move(inner);
  }
  return *std::move(payload);
}

// The function ran and failed: its error's type, and the payload as the cause.
WorkflowError FunctionError(const HttpResponse& response, const std::string& method) {
  const absl::StatusOr<Json> payload = Json::Parse(response.body);
  const std::string* type = payload.ok() ? payload->FindString("errorType") : nullptr;
  // A function's ARN gives the payload as it came, the integration as it was read [recorded].
  const bool compact = payload.ok() && method == kLambdaInvoke;
  return {type == nullptr ? "Lambda.Unknown" : *type, compact ? payload->Dump() : response.body};
}

// The API refused the call.
WorkflowError ServiceError(const HttpResponse& response) {
  std::string type = HeaderOf(response, "X-Amzn-ErrorType");
  type.resize(std::min(type.find(':'), type.size()));
  const absl::StatusOr<Json> body = Json::Parse(response.body);
  const std::string* message = body.ok() ? body->FindString("Message") : nullptr;
  if (message == nullptr && body.ok()) message = body->FindString("message");
  if (type.empty()) type = "ServiceException";
  return {
      absl::StrCat("Lambda.", type),
      absl::StrCat(message == nullptr ? response.body : *message,
                   " (Service: AWSLambda; Status Code: ", response.status, "; Error Code: ", type,
                   "; Request ID: ", HeaderOf(response, "x-amzn-RequestId"), "; Proxy: null)")};
}

// The result of the integration: the SDK's response.
Json SdkResult(const HttpResponse& response, Json payload) {
  std::vector<Json::Member> all;
  std::vector<Json::Member> first;
  for (const char* name : kShownHeaders) {
    const std::string value = HeaderOf(response, name);
    if (value.empty()) continue;
    all.emplace_back(name, Json::List({value}));
    first.emplace_back(name, value);
  }
  std::vector<Json::Member> members;
  members.emplace_back("ExecutedVersion", HeaderOf(response, "X-Amz-Executed-Version"));
  if (const std::string log = HeaderOf(response, "X-Amz-Log-Result"); !log.empty()) {
    members.emplace_back("LogResult", log);
  }
  members.emplace_back("Payload", std::move(payload));
  members.emplace_back("SdkHttpMetadata",
                       Json::Of({{"AllHttpHeaders", Json::Object(std::move(all))},
                                 {"HttpHeaders", Json::Object(std::move(first))},
                                 {"HttpStatusCode", response.status}}));
  members.emplace_back("SdkResponseMetadata",
                       Json::Of({{"RequestId", HeaderOf(response, "x-amzn-RequestId")}}));
  members.emplace_back("StatusCode", response.status);
  return Json::Object(std::move(members));
}

}  // namespace

absl::StatusOr<HttpRequest> MakeInvokeRequest(const Call& call, const std::string& endpoint) {
  HttpRequest request;
  request.method = "POST";
  std::string function = call.method;
  const Json* payload = &call.arguments;
  const bool is_integration = call.method == kLambdaInvoke;
  if (is_integration) {
    const std::string* name = call.arguments.FindString("FunctionName");
    if (name == nullptr || name->empty()) return Fault("FunctionName: expected a function");
    function = *name;
    payload = call.arguments.Find("Payload");
  }
  request.url =
      absl::StrCat(endpoint, "/2015-03-31/functions/", PercentEncode(function), "/invocations");
  request.headers.emplace_back("Content-Type", "application/json");
  if (is_integration) {
    if (absl::Status status = AddParameters(call.arguments, &request); !status.ok()) return status;
  }
  if (payload != nullptr) request.body = BodyOf(*payload, call.method);
  if (!call.trace_parent.empty()) request.headers.emplace_back("traceparent", call.trace_parent);
  request.headers.emplace_back("Idempotency-Key", AsHeaderValue(call.idempotency_key));
  request.deadline = call.deadline;
  return request;
}

CallResult MakeInvokeResult(HttpResponse response, const std::string& method) {
  const auto failed = [](WorkflowError error) {
    return CallResult{std::move(error), std::nullopt};
  };
  switch (response.result) {
    case HttpResponse::Result::kTimeout:
      return failed({"States.Timeout", ""});
    case HttpResponse::Result::kTooLarge:
      return failed({"States.DataLimitExceeded", response.message});
    case HttpResponse::Result::kSocket:
    case HttpResponse::Result::kCancelled:
      return failed({"Lambda.SdkClientException", response.message});
    case HttpResponse::Result::kResponse:
      break;
  }
  if (response.status >= 300) return failed(ServiceError(response));
  if (!HeaderOf(response, "X-Amz-Function-Error").empty()) {
    return failed(FunctionError(response, method));
  }
  Outcome<Json> payload = PayloadOf(response);
  if (!payload.ok()) return failed(payload.error());
  if (method != kLambdaInvoke) return {*std::move(payload), std::nullopt};
  return {SdkResult(response, *std::move(payload)), std::nullopt};
}

}  // namespace segue::services
