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
// Of a task token: it is none; its execution is not known; its task waits for it no more.
absl::Status InvalidTaskToken();
absl::Status TaskNotFound();
absl::Status TaskGone();
// `fault`: a clause (redrive.h).
absl::Status ExecutionNotRedrivable(const ExecutionId& id, std::string_view fault);
absl::Status MapRunNotFound(std::string_view uuid);
absl::Status MapRunClosed(std::string_view uuid);
// More than the server takes now; `what` is a clause.
absl::Status Overloaded(std::string_view reason, std::string_view what);
// Nothing can be written until there is room on the disk; `cause` is the store's.
absl::Status StoreFull(const absl::Status& cause);
// A part of the store cannot be read, and what it holds stands still; `cause` is the store's.
absl::Status StoreDamaged(const absl::Status& cause);
// The server stops, or is not ready yet.
absl::Status Draining();
absl::Status Recovering();
// A commit failed: whether it is durable will be known once the shard has recovered. Sending the
// same request again is safe where it carries an id.
absl::Status OutcomeUnknown(const absl::Status& cause);

}  // namespace segue::scheduler
