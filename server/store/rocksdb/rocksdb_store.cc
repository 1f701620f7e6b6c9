#include "server/store/rocksdb/rocksdb_store.h"

#include <utility>

#include "rocksdb/env.h"
#include "rocksdb/statistics.h"
#include "server/base/check.h"
#include "server/store/limits.h"
#include "server/store/rocksdb/commit_thread.h"
#include "server/store/rocksdb/database.h"
#include "server/store/rocksdb/list_scan.h"
#include "server/store/rocksdb/reader_thread.h"
#include "server/store/rocksdb/reads.h"

namespace segue::store {

struct RocksDbStore::Impl {
  Impl(std::unique_ptr<rocks::Database> opened, const rocks::CommitThread::Epochs& epochs,
       rocks::CommitThread::Options options)
      : db(std::move(opened)), commits(*db, epochs, options) {}

  // Threads end before the database closes.
  const std::unique_ptr<rocks::Database> db;
  rocks::CommitThread commits;
  rocks::ReaderThread reader;
};

absl::StatusOr<std::unique_ptr<RocksDbStore>> RocksDbStore::Open(RocksDbOptions options) {
  const bool sync = options.sync == RocksDbOptions::Sync::kEveryCommit;
  absl::StatusOr<std::unique_ptr<rocks::Database>> db = rocks::Database::Open(
      {.dir = options.dir,
       .block_cache_bytes = options.block_cache_bytes,
       .memtable_bytes_max = options.memtable_bytes_max,
       .env = options.env != nullptr ? options.env : ::rocksdb::Env::Default(),
       .sync = sync ? rocks::Sync::kEveryCommit : rocks::Sync::kNever,
       .loss = options.loss == RocksDbOptions::Loss::kAccepted ? rocks::Loss::kAccepted
                                                               : rocks::Loss::kRefused});
  if (!db.ok()) return db.status();
  const absl::StatusOr<rocks::CommitThread::Epochs> epochs = rocks::CommitThread::ReadEpochs(**db);
  if (!epochs.ok()) return epochs.status();
  auto impl =
      std::make_unique<Impl>(*std::move(db), *epochs, rocks::CommitThread::Options{.sync = sync});
  return std::unique_ptr<RocksDbStore>(new RocksDbStore(std::move(impl)));
}

RocksDbStore::RocksDbStore(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

RocksDbStore::~RocksDbStore() = default;

RocksDbStats RocksDbStore::stats() const {
  const rocks::CommitThread::Counters& counters = impl_->commits.counters();
  const rocks::Database& db = *impl_->db;
  const auto statistics = db->GetDBOptions().statistics;
  RocksDbStats stats{.commits = counters.commits,
                     .groups = counters.groups,
                     .commit_bytes = counters.bytes,
                     .wal_bytes = statistics->getTickerCount(::rocksdb::WAL_FILE_BYTES),
                     .flush_bytes = statistics->getTickerCount(::rocksdb::FLUSH_WRITE_BYTES),
                     .compaction_bytes = statistics->getTickerCount(::rocksdb::COMPACT_WRITE_BYTES),
                     .disk_bytes = 0};
  for (int family = 0; family < rocks::kFamilyCount; ++family) {
    uint64_t bytes = 0;
    db->GetIntProperty(db.family(static_cast<rocks::Family>(family)),
                       ::rocksdb::DB::Properties::kTotalSstFilesSize, &bytes);
    stats.disk_bytes += bytes;
  }
  return stats;
}

absl::StatusOr<Fence> RocksDbStore::Acquire(SlotRange slots, const std::string& owner) {
  SEGUE_CHECK(0 <= slots.begin && slots.begin < slots.end && slots.end <= kSlotCount);
  return impl_->commits.Acquire(slots, owner);
}

void RocksDbStore::Commit(Batch batch, async::Executor& executor, CommitDone done) {
  if (absl::Status status = CheckBatch(batch); !status.ok()) {
    executor.Post([done = std::move(done), status = std::move(status)]() mutable {
      done(std::move(status));
    });
    return;
  }
  impl_->commits.Commit(std::move(batch), executor, std::move(done));
}

async::Task<absl::StatusOr<std::optional<StoredExecution>>> RocksDbStore::Load(ExecutionId id,
                                                                               async::Executor&) {
  co_return rocks::LoadExecution(*impl_->db, id);
}

async::Task<absl::StatusOr<std::vector<WakeRow>>> RocksDbStore::ScanWakes(
    WakeQuery query, async::Executor& executor) {
  const auto read = [db = impl_->db.get(), query = std::move(query)] {
    return rocks::ScanWakeRange(*db, query);
  };
  co_return co_await impl_->reader.Read<absl::StatusOr<std::vector<WakeRow>>>(read, executor);
}

async::Task<absl::StatusOr<std::vector<ListRow>>> RocksDbStore::ListExecutions(
    ListQuery query, async::Executor& executor) {
  const auto read = [db = impl_->db.get(), query = std::move(query)] {
    return rocks::ScanList(*db, query);
  };
  co_return co_await impl_->reader.Read<absl::StatusOr<std::vector<ListRow>>>(read, executor);
}

async::Task<absl::StatusOr<std::vector<StoredHistory>>> RocksDbStore::ReadHistory(
    HistoryQuery query, async::Executor& executor) {
  const auto read = [db = impl_->db.get(), query = std::move(query)] {
    return rocks::ReadHistoryRange(*db, query);
  };
  co_return co_await impl_->reader.Read<absl::StatusOr<std::vector<StoredHistory>>>(read, executor);
}

async::Task<absl::StatusOr<std::vector<Store::ClosedRow>>> RocksDbStore::ScanClosed(
    ClosedQuery query, async::Executor& executor) {
  const auto read = [db = impl_->db.get(), query = std::move(query)] {
    return rocks::ScanClosedRange(*db, query);
  };
  co_return co_await impl_->reader.Read<absl::StatusOr<std::vector<ClosedRow>>>(read, executor);
}

async::Task<absl::StatusOr<std::optional<std::string>>> RocksDbStore::ReadDocument(
    std::string collection, std::string key, async::Executor&) {
  co_return rocks::GetDocument(*impl_->db, collection, key);
}

async::Task<absl::StatusOr<std::vector<Document>>> RocksDbStore::ReadDocuments(DocumentQuery query,
                                                                               async::Executor&) {
  co_return rocks::ScanDocuments(*impl_->db, query);
}

}  // namespace segue::store
