#pragma once

#include <string_view>

#include "absl/status/status.h"
#include "rocksdb/status.h"

namespace segue::store::rocks {

// RocksDB's status as the contract has it (store.h). `what` names the record or the action.
absl::Status ToStatus(const ::rocksdb::Status& status, std::string_view what);

// A record that is not what was written.
absl::Status CorruptKey(std::string_view family, std::string_view key);

}  // namespace segue::store::rocks
