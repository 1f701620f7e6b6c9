#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/base/random.h"
#include "server/scheduler/catalog/catalog.h"
#include "server/scheduler/requests.h"
#include "server/scheduler/scheduler.h"
#include "server/scheduler/shard.h"

namespace segue::scheduler {

// Checks a submit and makes the execution that it asks for. Needs no shard.
//
// The id is the caller's; or derived from the request_id, so that a repeat of the request names the
// same execution; or random. Errors: InvalidArgument (the field and what is wrong with it),
// NotFound (the workflow).
absl::StatusOr<Admission> PrepareAdmission(SubmitRequest request, const Catalog& catalog,
                                           const Options& options, absl::Time now, Random& random);

// What tells whether a submit was accepted before; nothing where the caller chose no id.
struct Identity {
  ExecutionId id;
  uint64_t fingerprint = 0;  // of what is asked for
};
std::optional<Identity> IdentityOf(const SubmitRequest& request);

// Whether `id` has the form of an execution id.
bool IsExecutionId(std::string_view id);
// InvalidArgument where a request_id is not one; empty is none, and fine.
absl::Status CheckRequestId(std::string_view request_id);

}  // namespace segue::scheduler
