#pragma once

#include <string_view>

#include "absl/status/status.h"
#include "server/store/store.h"

// What every store holds its callers to, so that keys can be built from names without quoting.

namespace segue::store {

// [A-Za-z0-9_-]{1,80}.
bool IsExecutionId(std::string_view id);

// InvalidArgument names what is wrong; nothing may be written then:
//   - an execution id as above, and in a slot of the fence;
//   - a workflow name of 1 to 320 bytes (80 characters) without control characters;
//   - a status in [0, 255];
//   - a collection and a document key that are not empty; no NUL in the collection;
//   - history that starts at 1 or later and counts at least 1;
//   - `remove` with nothing else but the keys to remove.
absl::Status CheckBatch(const Batch& batch);

}  // namespace segue::store
