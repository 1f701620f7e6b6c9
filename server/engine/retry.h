#pragma once

#include <string>
#include <vector>

#include "absl/time/time.h"
#include "server/base/json.h"
#include "server/base/outcome.h"
#include "server/base/random.h"
#include "server/language/workflow.h"

namespace segue::engine {

// Whether an error is one of those that a Retrier or Catcher names (States Language, "Errors").
bool Matches(const std::vector<std::string>& error_equals, const WorkflowError& error);

// How long to wait before the retry that follows `used` retries by this Retrier.
absl::Duration Backoff(const language::Retrier& retrier, int used, Random& random);

// The error as data: a catcher's `$`, and what stands in a Map's result for an item that failed.
Json ErrorOutput(const WorkflowError& error);

}  // namespace segue::engine
