#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "rocksdb/env.h"

namespace segue::store::rocks {

// Up to where a file of RocksDB's log was synced.
struct LogPosition {
  uint64_t file = 0;  // its number
  uint64_t bytes = 0;
};

// The file <dir>/SYNCED: up to where the files of the log were synced, and so may have been
// acknowledged. RocksDB cannot tell a log that a crash left unfinished from one that lost its end
// afterwards; with this the next start can.
//
// It is overwritten in place after each synced write and not synced itself. So it is exact when the
// process has died; when the machine has, it may be older than the log (the kernel writes it within
// half a minute), and never newer.
//
// Threads: one. Ownership: the Env outlives it.
class SyncedMark {
 public:
  using Positions = std::vector<LogPosition>;  // by file, the oldest first
  static constexpr char kFileName[] = "SYNCED";
  static constexpr size_t kFilesMax = 8;  // of more files the oldest are not known

  // Nothing where there is no such file; DataLoss where there is, and it cannot be read.
  static absl::StatusOr<std::optional<Positions>> Read(::rocksdb::Env* env, const std::string& dir);

  // Makes it anew, durably, and keeps it open.
  static absl::StatusOr<std::unique_ptr<SyncedMark>> Open(::rocksdb::Env* env,
                                                          const std::string& dir);

  // Of the file that is written to now. Where writing fails the mark stays older, and true.
  void Set(const LogPosition& position);

 private:
  SyncedMark(::rocksdb::Env* env, std::string dir) : env_(env), dir_(std::move(dir)) {}

  ::rocksdb::Env* const env_;
  const std::string dir_;
  std::unique_ptr<::rocksdb::RandomRWFile> file_;
  Positions positions_;
};

// The path of a file of the log, in <dir>/db.
std::string LogPath(const std::string& dir, uint64_t file);

// DataLoss where the store in `dir` does not hold what `synced` says.
absl::Status CheckSynced(::rocksdb::Env* env, const std::string& dir,
                         const SyncedMark::Positions& synced);

}  // namespace segue::store::rocks
