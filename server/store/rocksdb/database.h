#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "rocksdb/db.h"
#include "rocksdb/env.h"
#include "server/store/rocksdb/options.h"

namespace segue::store::rocks {

struct DatabaseOptions {
  std::string dir;
  int64_t block_cache_bytes = 0;
  ::rocksdb::Env* env = nullptr;  // not null
};

// An open directory:
//   <dir>/LOCK    held while it is open
//   <dir>/FORMAT  one line, which says how what is in db/ is laid out; read before RocksDB may
//   touch it <dir>/db/     RocksDB's
//
// Threads: any, as RocksDB itself.
class Database {
 public:
  // Errors as RocksDbStore::Open's.
  static absl::StatusOr<std::unique_ptr<Database>> Open(const DatabaseOptions& options);
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;
  ~Database();

  ::rocksdb::DB* operator->() const { return db_.get(); }
  ::rocksdb::DB* get() const { return db_.get(); }
  ::rocksdb::ColumnFamilyHandle* family(Family family) const {
    return handles_[static_cast<size_t>(family)];
  }

 private:
  explicit Database(::rocksdb::Env* env) : env_(env) {}
  absl::Status Lock(const std::string& dir);
  absl::Status CheckFormat(const std::string& dir);
  absl::Status OpenDb(const DatabaseOptions& options);

  ::rocksdb::Env* const env_;
  ::rocksdb::FileLock* lock_ = nullptr;
  std::unique_ptr<::rocksdb::DB> db_;
  std::array<::rocksdb::ColumnFamilyHandle*, kFamilyCount> handles_ = {};
};

}  // namespace segue::store::rocks
