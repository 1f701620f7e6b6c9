#pragma once

#include <string_view>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "server/base/ids.h"

// The scheduler's errors, each with its detail (server/base/error.h).

namespace segue::scheduler {

absl::Status ExecutionNotFound(const ExecutionId& id);
absl::Status WorkflowNotFound(std::string_view name, int64_t version);
// One field of the request is wrong.
absl::Status BadField(std::string_view field, std::string_view reason, std::string_view message);
// The server stops, or is not ready yet.
absl::Status Draining();
absl::Status Recovering();
// A commit failed: whether it is durable will be known once the shard has recovered. Sending the
// same request again is safe where it carries an id.
absl::Status OutcomeUnknown(const absl::Status& cause);

}  // namespace segue::scheduler
