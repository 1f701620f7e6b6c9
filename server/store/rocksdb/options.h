#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "rocksdb/db.h"
#include "rocksdb/options.h"

// How RocksDB is set up, and why.

namespace segue::store::rocks {

// Column families, one for each way of living, so that a compaction moves only what changes alike:
//   records  written again at each transition, read on every load of an evicted execution
//   history  written once, read seldom, most of the bytes: out of the way of the records'
//   compactions wake     put and deleted within moments, small: it stays in few files index    two
//   keys for each execution ever kept, and one more when it closes: small values, long life default
//   documents and epochs: few
// One write-ahead log serves all, so a batch over several of them is atomic and costs one fsync.
enum class Family { kDefault = 0, kRecords, kHistory, kWake, kIndex };
inline constexpr int kFamilyCount = 5;

std::string FamilyName(Family family);

::rocksdb::DBOptions MakeDbOptions(::rocksdb::Env* env);

// In the order of Family. They share one block cache.
std::vector<::rocksdb::ColumnFamilyDescriptor> MakeFamilies(int64_t block_cache_bytes);

}  // namespace segue::store::rocks
