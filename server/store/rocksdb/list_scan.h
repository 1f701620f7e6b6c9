#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "server/store/rocksdb/database.h"
#include "server/store/store.h"

namespace segue::store::rocks {

// ListExecutions. A list's keys (key.h) are ordered by status, then newest first. With a status
// asked for that is one range; without, the statuses that occur are found by skipping from one to
// the next, and their ranges are merged. Nothing is read that is not returned, but one row per
// status. All from one snapshot, so that an execution that closes meanwhile is seen once.
absl::StatusOr<std::vector<ListRow>> ScanList(const Database& db, const ListQuery& query);

}  // namespace segue::store::rocks
