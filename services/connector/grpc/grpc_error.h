#pragma once

#include <grpcpp/client_context.h>
#include <grpcpp/support/status.h>

#include <optional>
#include <string>
#include <string_view>

#include "absl/time/time.h"
#include "server/base/outcome.h"
#include "services/connector/grpc/message_shape.h"

namespace segue::services {

// Grpc.<Code>, the code's name in CamelCase: Grpc.NotFound. A number that is no code is
// Grpc.Unknown.
std::string GrpcErrorName(int code);

// An error made here: its cause is {"message", "details": []}, as that of a status.
WorkflowError GrpcError(int code, std::string_view message);

// States.Timeout.
WorkflowError TimeoutError(std::string_view message);

// The error of a status that is not OK. Its details (grpc-status-details-bin) are written as JSON
// where their type is one of google/rpc/error_details.proto or among `service_shapes` (may be
// null), else as their type URL and bytes.
WorkflowError ErrorOfStatus(const grpc::Status& status, const MessageShapes* service_shapes);

// How long the service wants to be left alone: the longer of RetryInfo among the status' details
// and the trailer grpc-retry-pushback-ms. Nothing where it says neither.
std::optional<absl::Duration> PushBackOf(const grpc::Status& status,
                                         const grpc::ClientContext& context);

}  // namespace segue::services
