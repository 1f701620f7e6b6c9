#pragma once

#include <memory>

#include "absl/status/statusor.h"
#include "services/connector/connector.h"
#include "services/connector/http/http_engine.h"

namespace segue::config::v1 {
class HttpConnector;
class HttpInvoke;
}  // namespace segue::config::v1

namespace segue::services {

// Calls one HTTP service, Resource "http:<service>". Arguments (all optional): Method (default GET,
// or POST where there is a body), Path (appended to base_url), Headers, QueryParameters,
// RequestBody. The result is {"StatusCode", "StatusText", "Headers", "ResponseBody"}: header names
// in lower case, each with a list of values; the body parsed where its Content-Type is JSON, else a
// string.
//
// Threads: any. Ownership: `engine` outlives it, and it outlives its calls.
// Errors: InvalidArgument names the field of `config` that is wrong. A call ends with
// Http.StatusCode.<code> for a status from 300 up, the body in the cause; States.Http.Socket;
// States.Timeout; Http.ResponseTooLarge; Http.MalformedResponse (no JSON in a response that says it
// is); Segue.InvalidArguments. Nothing is retried here and no redirect followed.
absl::StatusOr<std::unique_ptr<Connector>> MakeHttpConnector(
    const config::v1::HttpConnector& config, HttpEngine& engine);

// Resource "arn:aws:states:::http:invoke", as AWS documents it: ApiEndpoint, Method, Headers,
// QueryParameters, RequestBody, Transform. The connection that Authentication or
// InvocationConfig names is one of the configuration's; where there is none of that name, or it
// gets no token: Events.ConnectionResource.InvalidConnectionState. A trace that hides secrets shows
// the request as it was before the connection's data came to it. Its statuses are named as AWS
// names them, States.Http.StatusCode.<code>; the rest is as above. Http.NotAllowed where the
// configuration says no.
absl::StatusOr<std::unique_ptr<Connector>> MakeHttpInvokeConnector(
    const config::v1::HttpInvoke& config, HttpEngine& engine);

}  // namespace segue::services
