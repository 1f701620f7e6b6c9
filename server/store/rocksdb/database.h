#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "rocksdb/db.h"
#include "rocksdb/env.h"
#include "server/store/rocksdb/options.h"
#include "server/store/rocksdb/synced_mark.h"

namespace segue::store::rocks {

enum class Sync { kEveryCommit, kNever };
enum class Loss { kRefused, kAccepted };

struct DatabaseOptions {
  std::string dir;
  int64_t block_cache_bytes = 0;
  int64_t memtable_bytes_max = 0;  // 0: the families' own
  ::rocksdb::Env* env = nullptr;   // not null
  Sync sync = Sync::kEveryCommit;
  Loss loss = Loss::kRefused;  // of what was acknowledged
};

// An open directory:
//   <dir>/LOCK    held while it is open
//   <dir>/FORMAT  one line, which says how what is in db/ is laid out; read before RocksDB may
//                 touch it
//   <dir>/SYNCED  up to where db/'s log must reach (synced_mark.h)
//   <dir>/db/     RocksDB's
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
  // All that was written so far is synced. By the one thread that writes.
  // Not where nothing is to be synced.
  void MarkSynced() const;

 private:
  explicit Database(::rocksdb::Env* env) : env_(env) {}
  absl::Status Lock(const std::string& dir);
  absl::Status CheckFormat(const std::string& dir);
  absl::StatusOr<::rocksdb::WALRecoveryMode> RecoveryMode(const DatabaseOptions& options) const;
  absl::Status OpenDb(const DatabaseOptions& options);
  absl::Status OpenMark(const DatabaseOptions& options);

  ::rocksdb::Env* const env_;
  ::rocksdb::FileLock* lock_ = nullptr;
  std::unique_ptr<::rocksdb::DB> db_;
  std::array<::rocksdb::ColumnFamilyHandle*, kFamilyCount> handles_ = {};
  std::unique_ptr<SyncedMark> mark_;
};

}  // namespace segue::store::rocks
