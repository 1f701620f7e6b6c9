#pragma once

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "rocksdb/env.h"

namespace segue::store::rocks {

// How many bytes of the log file, up to `limit`, are whole records of RocksDB's log format (its
// wiki, "Write Ahead Log File Format"), every one with its checksum right.
absl::StatusOr<uint64_t> ReadableLogBytes(::rocksdb::Env* env, const std::string& path,
                                          uint64_t limit);

}  // namespace segue::store::rocks
