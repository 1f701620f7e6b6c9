#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "server/store/store.h"

namespace rocksdb {
class Env;
}  // namespace rocksdb

namespace segue::store {

struct RocksDbOptions {
  std::string dir;  // made where it is missing; its parent is not
  int64_t block_cache_bytes = int64_t{128} << 20;
  // Of what is in memory before it becomes a data file, for each kind of record; 0: as is right for
  // a server. Small ones are for tests: files change often then.
  int64_t memtable_bytes_max = 0;
  // kNever is for tests: a crash of the machine then loses what was acknowledged.
  enum class Sync { kEveryCommit, kNever } sync = Sync::kEveryCommit;
  // kAccepted: the store opens although its log has lost what was acknowledged, without that.
  enum class Loss { kRefused, kAccepted } loss = Loss::kRefused;
  rocksdb::Env* env = nullptr;  // the file system; null: the real one. Outlives the store.
};

// Counted since Open.
struct RocksDbStats {
  uint64_t commits = 0;       // batches written
  uint64_t groups = 0;        // synced writes that they took
  uint64_t commit_bytes = 0;  // keys and values of those batches
  uint64_t wal_bytes = 0;
  uint64_t flush_bytes = 0;
  uint64_t compaction_bytes = 0;
  uint64_t disk_bytes = 0;  // of the data files now, less the log
};

// The store in one directory of this machine, over RocksDB: the default.
//
// Threads: any. One thread commits: it takes all batches that wait, from all shards, merges them
// into one synced write and then posts each `done`. One thread scans (lists, history, wakes,
// closed), so that a slow scan holds up no shard. Load and documents are read on the caller's
// thread: mostly from memory, at worst a few disk reads. Neither queue is bounded here: a shard has
// a few commits under way, a request one scan. Ownership: executors outlive the store; its
// destructor writes what was committed and posts every `done`. Errors, beyond the contract's: Open
// returns FailedPrecondition where the directory is in use by another process, is not writable, is
// no store or is of a newer format; DataLoss where it has lost what was acknowledged. When the disk
// is full, or writing fails, commits fail until it works again; a failed fsync is for good
// (Unavailable, "restart"): the next start recovers what was acknowledged.
class RocksDbStore final : public Store {
 public:
  static absl::StatusOr<std::unique_ptr<RocksDbStore>> Open(RocksDbOptions options);
  ~RocksDbStore() override;

  RocksDbStats stats() const;

  absl::StatusOr<Fence> Acquire(SlotRange slots, const std::string& owner) override;
  void Commit(Batch batch, async::Executor& executor, CommitDone done) override;
  async::Task<absl::StatusOr<std::optional<StoredExecution>>> Load(
      ExecutionId id, async::Executor& executor) override;
  async::Task<absl::StatusOr<std::vector<WakeRow>>> ScanWakes(WakeQuery query,
                                                              async::Executor& executor) override;
  async::Task<absl::StatusOr<std::vector<ListRow>>> ListExecutions(
      ListQuery query, async::Executor& executor) override;
  async::Task<absl::StatusOr<std::vector<StoredHistory>>> ReadHistory(
      HistoryQuery query, async::Executor& executor) override;
  async::Task<absl::StatusOr<std::vector<ClosedRow>>> ScanClosed(
      ClosedQuery query, async::Executor& executor) override;
  async::Task<absl::StatusOr<std::optional<std::string>>> ReadDocument(
      std::string collection, std::string key, async::Executor& executor) override;
  async::Task<absl::StatusOr<std::vector<Document>>> ReadDocuments(
      DocumentQuery query, async::Executor& executor) override;

 private:
  struct Impl;
  explicit RocksDbStore(std::unique_ptr<Impl> impl);

  std::unique_ptr<Impl> impl_;
};

}  // namespace segue::store
