#pragma once

#include <memory>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "services/connector/connector.h"

namespace segue::config::v1 {
class GrpcConnector;
}  // namespace segue::config::v1

namespace segue::services {

// What no configuration sets.
struct GrpcConnectorSettings {
  // Message types are fetched from a service again at most this often.
  absl::Duration refetch_interval = absl::Seconds(10);
};

// Calls unary methods of one gRPC service (README.md, "Workflows"). Method
// "package.Service/Method"; the arguments are the request in proto3 JSON, the result is the
// response. Both camelCase and original field names are read; original names are written, with
// fields that have no presence written even where they hold their default, so that a path like
// $.result.count always finds something.
//
// Message types come from the descriptor set file, or from the service's server reflection: fetched
// at the first call, kept, and fetched again when something shows that they are outdated (a method,
// field or enum value that they do not have, an UNIMPLEMENTED, a response with fields that they do
// not know).
//
// Threads: any executor with a completion queue may call; channels and types are shared.
// Ownership: outlives its calls. A call must run to its end before its executor's queue is shut
// down.
// Errors: InvalidArgument names the field of `config` that is wrong (an unreadable file, too). A
// failed call is Grpc.<Code>, whose cause is {"message", "details"} as JSON; States.Timeout where
// the call's own deadline passed; Segue.InvalidArguments, whose cause names the field, where the
// arguments are no such request.
absl::StatusOr<std::unique_ptr<Connector>> MakeGrpcConnector(
    const config::v1::GrpcConnector& config, const GrpcConnectorSettings& settings = {});

}  // namespace segue::services
