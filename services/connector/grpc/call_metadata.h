#pragma once

#include <grpcpp/client_context.h>

#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "services/connector/connector.h"

namespace segue::config::v1 {
class GrpcConnector;
}  // namespace segue::config::v1

namespace segue::services {

// Keys and values that gRPC accepts.
using Metadata = std::vector<std::pair<std::string, std::string>>;

// The metadata of a configuration; the value of a key that ends in "-bin" is base64.
// InvalidArgument names the fault.
absl::StatusOr<Metadata> ConfiguredMetadata(const config::v1::GrpcConnector& config);

void AddMetadata(const Metadata& metadata, grpc::ClientContext& context);

// idempotency-key, traceparent, segue-execution-id, segue-attempt.
void AddCallMetadata(const Call& call, grpc::ClientContext& context);

}  // namespace segue::services
