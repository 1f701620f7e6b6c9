#include "server/process/open_store.h"

#include <grpcpp/completion_queue.h>

#include <cstdio>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_format.h"
#include "server/async/completion_queue_executor.h"
#include "server/async/task_group.h"
#include "server/base/clock.h"
#include "server/process/services.h"
#include "server/scheduler/store_check.h"
#include "server/store/memory/memory_store.h"
#include "server/store/rocksdb/rocksdb_store.h"

namespace segue::process {

namespace {

absl::StatusOr<std::unique_ptr<store::Store>> Open(const config::v1::Store& config,
                                                   store::RocksDbOptions::Loss loss) {
  if (config.has_memory()) return std::make_unique<store::MemoryStore>();
  const config::v1::RocksdbStore& rocksdb = config.rocksdb();
  store::RocksDbOptions options{.dir = rocksdb.has_dir() ? rocksdb.dir() : "./segue-data",
                                .loss = loss};
  // With the folders above it; where they cannot be made, Open says what is wrong.
  std::error_code ignored;
  std::filesystem::create_directories(options.dir, ignored);
  options.block_cache_bytes =
      rocksdb.has_block_cache_bytes() ? rocksdb.block_cache_bytes() : int64_t{64} << 20;
  if (rocksdb.has_sync() && !rocksdb.sync()) {
    options.sync = store::RocksDbOptions::Sync::kNever;
  }
  return store::RocksDbStore::Open(std::move(options));
}

absl::Status ReadBudget(const store::Document& document) {
  return DecodeOverride(document.key, document.record).status();
}

async::Task<void> CheckThenStop(store::Store& store, async::CompletionQueueExecutor& executor,
                                scheduler::StoreReport& report) {
  std::vector<scheduler::DocumentReader> others;
  others.push_back({.collection = kBudgets,
                    .what = "budget of service",
                    .kind = scheduler::StoreFault::Kind::kBudget,
                    .read = ReadBudget});
  report = co_await scheduler::CheckStore(store, executor, std::move(others));
  executor.Stop();
}

// What is to be done about a fault of that kind.
const char* Remedy(scheduler::StoreFault::Kind kind) {
  switch (kind) {
    case scheduler::StoreFault::Kind::kExecution:
      return "it stands still, the others go on: restore the directory from a backup, or run the "
             "Segue that wrote it";
    case scheduler::StoreFault::Kind::kHistory:
      return "the execution goes on; only this part of what it did cannot be shown";
    case scheduler::StoreFault::Kind::kIndex:
      return "its shard stands still, the others go on: restore the directory from a backup";
    case scheduler::StoreFault::Kind::kMapRun:
      return "its Map goes on; only what was changed of this run, or how far it had come, is not "
             "known";
    case scheduler::StoreFault::Kind::kBudget:
      return "the configured budget holds, until it is changed again";
    case scheduler::StoreFault::Kind::kShared:
      return "what needs it stands still, the rest goes on: restore the directory from a backup, "
             "or "
             "run the Segue that wrote it; a workflow can be put again, as its next version";
  }
}

}  // namespace

absl::StatusOr<std::unique_ptr<store::Store>> OpenStore(const config::v1::Store& config) {
  return Open(config, store::RocksDbOptions::Loss::kRefused);
}

int AcceptLoss(const config::v1::Store& config) {
  const auto opened = Open(config, store::RocksDbOptions::Loss::kAccepted);
  if (!opened.ok()) {
    absl::PrintF("the store cannot be opened: %s\n", std::string(opened.status().message()));
    return 1;
  }
  absl::PrintF("the store opens without what its log has lost; segued --check reads the rest\n");
  return 0;
}

int CheckStored(const config::v1::Store& config) {
  auto opened = OpenStore(config);
  if (!opened.ok()) {
    absl::PrintF("the store cannot be opened: %s\n", std::string(opened.status().message()));
    return 1;
  }
  const RealClock clock;
  async::CompletionQueueExecutor executor(std::make_unique<grpc::CompletionQueue>(), clock);
  async::TaskGroup tasks;
  scheduler::StoreReport report;
  executor.Post([&] { tasks.Spawn(CheckThenStop(**opened, executor, report)); });
  executor.Run();
  opened->reset();
  for (const scheduler::StoreFault& fault : report.faults) {
    absl::PrintF("%s: %s\n    %s\n", fault.record, fault.fault, Remedy(fault.kind));
  }
  absl::PrintF("%d workflows, %d executions (%d open), %d history events: %s\n", report.workflows,
               report.executions, report.open, report.history_events,
               report.faults.empty() ? std::string("all can be read")
                                     : absl::StrFormat("%d faults", report.faults.size()));
  return report.faults.empty() ? 0 : 1;
}

}  // namespace segue::process
