#pragma once

#include <string>
#include <string_view>

#include "absl/time/time.h"
#include "server/engine/execution.h"

namespace segue::engine {

// A status as Step Functions names it (service-2.json, ExecutionStatus): "RUNNING", ..., "ABORTED".
std::string_view AwsStatusName(ExecutionStatus status);

// UTC with milliseconds and Z, always: the form of the Context Object and of results.
std::string AwsTimestamp(absl::Time time);

}  // namespace segue::engine
