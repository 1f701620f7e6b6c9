#pragma once

#include <memory>

#include "absl/status/statusor.h"
#include "segue/config/v1/config.pb.h"
#include "services/connector/connector.h"
#include "services/connector/http/http_engine.h"

namespace segue::services {

// Calls functions through the Lambda Invoke API of the configured endpoint: for lambda:invoke and
// for functions named by their ARN. A call is signed where keys are configured. `engine` outlives
// it. InvalidArgument names the field.
absl::StatusOr<std::unique_ptr<Connector>> MakeLambdaConnector(const config::v1::Lambda& config,
                                                               HttpEngine& engine);

}  // namespace segue::services
