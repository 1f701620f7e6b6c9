#include "server/store/rocksdb/options.h"

#include <memory>
#include <utility>

#include "rocksdb/cache.h"
#include "rocksdb/filter_policy.h"
#include "rocksdb/listener.h"
#include "rocksdb/slice_transform.h"
#include "rocksdb/statistics.h"
#include "rocksdb/table.h"
#include "rocksdb/utilities/table_properties_collectors.h"

namespace segue::store::rocks {
namespace {

constexpr size_t kMiB = size_t{1} << 20;

// <slot><id> 00 of a records key: what the Bloom filters hold, so that the load that precedes each
// submit finds out without a read that its id is free.
class ExecutionPrefixTransform final : public ::rocksdb::SliceTransform {
 public:
  const char* Name() const override { return "segue.ExecutionPrefix.1"; }
  ::rocksdb::Slice Transform(const ::rocksdb::Slice& key) const override {
    return {key.data(), End(key)};
  }
  bool InDomain(const ::rocksdb::Slice& key) const override { return End(key) != 0; }

 private:
  // The slot byte may be NUL itself.
  static size_t End(const ::rocksdb::Slice& key) {
    const size_t nul = key.size() < 2 ? std::string_view::npos
                                      : std::string_view(key.data(), key.size()).find('\0', 1);
    return nul == std::string_view::npos ? 0 : nul + 1;
  }
};

// RocksDB would look for room every five seconds, and refuse Resume meanwhile. Commits try by
// themselves (commit_thread.h), and so notice at once.
class NoAutomaticRecovery final : public ::rocksdb::EventListener {
 public:
  void OnErrorRecoveryBegin(::rocksdb::BackgroundErrorReason, ::rocksdb::Status,
                            bool* automatic) override {
    *automatic = false;
  }
};

struct FamilyShape {
  Family family;
  size_t memtable_bytes;
  size_t block_bytes;
};

constexpr FamilyShape kShapes[kFamilyCount] = {
    {Family::kDefault, 4 * kMiB, 4096},   {Family::kRecords, 64 * kMiB, 8192},
    {Family::kHistory, 64 * kMiB, 16384}, {Family::kWake, 16 * kMiB, 4096},
    {Family::kIndex, 32 * kMiB, 4096},
};

::rocksdb::ColumnFamilyOptions MakeFamily(const FamilyShape& shape,
                                          const std::shared_ptr<::rocksdb::Cache>& cache) {
  ::rocksdb::BlockBasedTableOptions table;
  table.block_cache = cache;
  table.block_size = shape.block_bytes;
  table.format_version = 5;
  // In the cache, so that its size bounds what a large store holds in memory.
  table.cache_index_and_filter_blocks = true;
  table.pin_l0_filter_and_index_blocks_in_cache = true;

  ::rocksdb::ColumnFamilyOptions options;
  options.write_buffer_size = shape.memtable_bytes;
  options.max_write_buffer_number = 3;
  options.level_compaction_dynamic_level_bytes = true;
  options.compression = ::rocksdb::kLZ4Compression;  // Debian's build has it
  if (shape.family == Family::kRecords) {
    options.prefix_extractor = std::make_shared<ExecutionPrefixTransform>();
    table.filter_policy.reset(::rocksdb::NewBloomFilterPolicy(10));
    table.whole_key_filtering = false;
  }
  if (shape.family == Family::kDefault) {
    table.filter_policy.reset(::rocksdb::NewBloomFilterPolicy(10));
  }
  if (shape.family != Family::kDefault && shape.family != Family::kHistory) {
    // A scan for what is due walks over the tombstones of all that was due before: a file that has
    // become mostly tombstones is compacted soon.
    options.table_properties_collector_factories.push_back(
        ::rocksdb::NewCompactOnDeletionCollectorFactory(4096, 2048));
  }
  options.table_factory.reset(::rocksdb::NewBlockBasedTableFactory(table));
  return options;
}

}  // namespace

std::string FamilyName(Family family) {
  switch (family) {
    case Family::kDefault:
      return ::rocksdb::kDefaultColumnFamilyName;
    case Family::kRecords:
      return "records";
    case Family::kHistory:
      return "history";
    case Family::kWake:
      return "wake";
    case Family::kIndex:
      return "index";
  }
}

::rocksdb::DBOptions MakeDbOptions(::rocksdb::Env* env) {
  ::rocksdb::DBOptions options;
  if (env != nullptr) options.env = env;
  options.create_if_missing = true;
  options.create_missing_column_families = true;
  // Bounds how long recovery replays; without it a family that is seldom written keeps old logs
  // alive.
  options.max_total_wal_size = 256 * kMiB;
  // One writer thread that merges by itself: RocksDB's own grouping and pipelining have nothing to
  // do.
  options.enable_pipelined_write = false;
  options.allow_concurrent_memtable_write = false;
  options.max_background_jobs = 2;
  options.bytes_per_sync = kMiB;  // no burst of dirty pages in the way of the log's fsync
  options.max_open_files = 512;   // below the usual limit of 1024, sockets included
  options.listeners.push_back(std::make_shared<NoAutomaticRecovery>());
  options.info_log_level = ::rocksdb::WARN_LEVEL;
  options.max_log_file_size = 4 * kMiB;
  options.keep_log_file_num = 4;
  options.stats_dump_period_sec = 0;
  options.stats_persist_period_sec = 0;
  options.statistics = ::rocksdb::CreateDBStatistics();
  options.statistics->set_stats_level(::rocksdb::StatsLevel::kExceptHistogramOrTimers);
  return options;
}

std::vector<::rocksdb::ColumnFamilyDescriptor> MakeFamilies(int64_t block_cache_bytes) {
  const auto cache = ::rocksdb::NewLRUCache(static_cast<size_t>(block_cache_bytes));
  std::vector<::rocksdb::ColumnFamilyDescriptor> families;
  for (const FamilyShape& shape : kShapes) {
    families.emplace_back(FamilyName(shape.family), MakeFamily(shape, cache));
  }
  return families;
}

}  // namespace segue::store::rocks
