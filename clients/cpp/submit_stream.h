#pragma once

// Many submits over one SubmitWorkflows stream.

#include <cstdint>
#include <functional>
#include <optional>

#include "absl/status/status.h"
#include "clients/cpp/client.h"

namespace segue::client {

enum class ReportClose { kNo, kYes };

struct SubmitStreamOptions {
  // Whether each execution's end is reported, and waited for, as well.
  ReportClose report_close = ReportClose::kNo;
  // No more submits are sent while so many are unfinished.
  int unfinished_max = 1024;
};

// Submits what `next` yields, in its order, until it yields nothing and all answers are there.
//
// `next` is called on a thread of its own; `on_answer` on the caller's, with the number of the
// submit (from 0) as `tag`. Each submit gets `accepted` or `error` exactly once and then, with
// report_close, `closed` once: the same as on one unbroken stream. A stream that breaks is opened
// again and what is unfinished sent again, so every request needs a request_id or an execution_id
// (INVALID_ARGUMENT without).
//
// Errors: those of the stream itself; a refused submit is an answer. After an error, the submits
// without an answer may or may not have been accepted.
absl::Status SubmitAll(Client& client, const SubmitStreamOptions& options,
                       const std::function<std::optional<v1::SubmitWorkflowRequest>()>& next,
                       const std::function<void(const v1::SubmitWorkflowsResponse&)>& on_answer);

}  // namespace segue::client
