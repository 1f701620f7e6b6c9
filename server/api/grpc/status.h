#pragma once

#include <grpcpp/support/status.h>

#include "absl/status/status.h"
#include "google/rpc/status.pb.h"

namespace grpc {
class ServerContext;
}  // namespace grpc

namespace segue::api {

// The rich error model (AIP-193): code, message, and ErrorInfo on every error, BadRequest,
// ResourceInfo, RetryInfo where the status has them (server/base/error.h).
google::rpc::Status ToRpcStatus(const absl::Status& status);

// The same as gRPC sends it. Where the caller is asked to come back later, the trailer
// `grpc-retry-pushback-ms` says so as well (gRFC A6).
grpc::Status ToGrpcStatus(const absl::Status& status, grpc::ServerContext& context);

}  // namespace segue::api
