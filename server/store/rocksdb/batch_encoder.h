#pragma once

#include "absl/status/status.h"
#include "rocksdb/write_batch.h"
#include "server/store/rocksdb/database.h"
#include "server/store/store.h"

namespace segue::store::rocks {

// Whether the batch removes executions. Removing reads what there is to delete, so all that was
// committed before must have been written.
bool Removes(const Batch& batch);

// Appends the batch's keys to `out`; after an error `out` is as it was. The batch holds to
// limits.h.
//
// All deletes are plain Deletes. SingleDelete would spare tombstones, but it needs exactly one Put
// since the last one: a batch that is written again because its outcome was unknown would break
// that, and an old wake would come back. DeleteRange would spare reading an executions's keys to
// remove it, but each one in a memtable slows every read of it, and retention would leave
// thousands.
absl::Status EncodeBatch(const Database& db, const Batch& batch, ::rocksdb::WriteBatch* out);

}  // namespace segue::store::rocks
