#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "server/base/json.h"
#include "services/connector/connector.h"
#include "services/connector/http/http_engine.h"

// A task as a request of the Lambda Invoke API, and its response as the task's result
// (https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html,
// https://docs.aws.amazon.com/step-functions/latest/dg/connect-lambda.html). Pure.

namespace segue::services {

// What Call::method says: the integration's action, or else a function's ARN, whose whole arguments
// are the payload and whose whole result is what the function returned.
inline constexpr char kLambdaInvoke[] = "invoke";

// InvalidArgument names the parameter.
absl::StatusOr<HttpRequest> MakeInvokeRequest(const Call& call, const std::string& endpoint);

CallResult MakeInvokeResult(HttpResponse response, const std::string& method);

}  // namespace segue::services
