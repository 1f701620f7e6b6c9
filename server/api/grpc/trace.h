#pragma once

#include <string>

namespace grpc {
class ServerContext;
}  // namespace grpc

namespace segue::api {

// The caller's W3C traceparent (https://www.w3.org/TR/trace-context); empty where there is none, or
// it is malformed.
std::string TraceParentOf(const grpc::ServerContext& context);

}  // namespace segue::api
