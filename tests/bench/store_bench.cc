// What the file-backed store can write, on the disk of $SEGUE_BENCH_DIR (default /tmp). Each
// execution of a batch makes one transition: its record, a branch, a history record, its wake.
//
// BM_Commit: batches of 1, 16 and 256 executions, synced, with one or a few batches under way. The
// disk's fsync decides, and that may vary twentyfold on a shared machine: measure it beside this.
//   commits_per_s, executions_per_s   as named
//   batches_per_fsync                 how many batches a synced write took together
//
// BM_Volume: as many bytes as make compactions, not synced (that changes no byte count), counted
// once compactions have come to rest.
//   write_amplification               bytes to the disk (log, flushes, compactions) for each byte
//                                     committed
//   disk_bytes_per_transition         of data files in the end

#include <benchmark/benchmark.h>
#include <stdlib.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "server/base/check.h"
#include "server/base/random.h"
#include "server/store/rocksdb/rocksdb_store.h"
#include "tests/support/manual_executor.h"

namespace segue::store {
namespace {

constexpr int kExecutions = 200'000;
constexpr size_t kRecordBytes = 300;
constexpr size_t kHistoryBytes = 500;

// Half as compressible as it would be if it were all one letter: like JSON.
std::string Payload(Random& random, size_t bytes) {
  std::string text;
  while (text.size() < bytes) text += absl::StrCat("{\"key\":\"", random.Below(1'000'000), "\"},");
  text.resize(bytes);
  return text;
}

class Bench {
 public:
  explicit Bench(RocksDbOptions::Sync sync) {
    const char* parent = getenv("SEGUE_BENCH_DIR");
    dir_ = absl::StrCat(parent != nullptr ? parent : "/tmp", "/segue-bench-XXXXXX");
    SEGUE_CHECK(mkdtemp(dir_.data()) != nullptr);
    auto opened = RocksDbStore::Open({.dir = dir_ + "/data", .sync = sync});
    SEGUE_CHECK(opened.ok());
    store_ = *std::move(opened);
    fence_ = *store_->Acquire({}, "bench");
    for (int i = 0; i < kExecutions; ++i) {
      ids_.push_back(absl::StrCat("execution-", random_.Next()));
      events_.push_back(1);
      wakes_.push_back(std::nullopt);
    }
  }
  ~Bench() {
    store_ = nullptr;
    std::error_code ignored;
    std::filesystem::remove_all(dir_, ignored);
  }

  void Commit(int executions) {
    Batch batch{.fence = fence_};
    for (int i = 0; i < executions; ++i) batch.executions.push_back(Transition(next_++));
    ++under_way_;
    store_->Commit(std::move(batch), executor_, [this](absl::Status status) {
      SEGUE_CHECK(status.ok());
      --under_way_;
    });
  }
  void WaitUntilUnder(int bound) {
    SEGUE_CHECK(executor_.RunUntil([&] { return under_way_ < bound; }));
  }
  RocksDbStats stats() const { return store_->stats(); }
  // Once nothing was written for two seconds.
  RocksDbStats StatsAtRest() const {
    RocksDbStats before = stats();
    for (;;) {
      absl::SleepFor(absl::Seconds(2));
      const RocksDbStats now = stats();
      if (now.flush_bytes + now.compaction_bytes == before.flush_bytes + before.compaction_bytes) {
        return now;
      }
      before = now;
    }
  }

 private:
  ExecutionWrite Transition(int64_t number) {
    const size_t i = number % kExecutions;
    ExecutionWrite write{.id = ExecutionId(ids_[i])};
    write.record = Payload(random_, kRecordBytes);
    write.branches = {{.id = BranchId(0), .record = Payload(random_, kRecordBytes)}};
    write.history = {
        {.first = events_[i]++, .count = 1, .record = Payload(random_, kHistoryBytes)}};
    const Wake wake{.at = absl::FromUnixMicros(1'700'000'000'000'000 + number)};
    write.wake = {.from = wakes_[i], .to = wake};
    wakes_[i] = wake;
    return write;
  }

  std::string dir_;
  std::unique_ptr<RocksDbStore> store_;
  Fence fence_;
  ::segue::testing::ManualExecutor executor_;
  Random random_{1};
  std::vector<std::string> ids_;
  std::vector<int64_t> events_;
  std::vector<std::optional<Wake>> wakes_;
  int64_t next_ = 0;
  int under_way_ = 0;
};

// range(0): executions in a batch; range(1): batches under way.
void BM_Commit(benchmark::State& state) {
  Bench bench(RocksDbOptions::Sync::kEveryCommit);
  const int executions = static_cast<int>(state.range(0));
  const int under_way = static_cast<int>(state.range(1));
  for (auto _ : state) {
    bench.WaitUntilUnder(under_way);
    bench.Commit(executions);
  }
  bench.WaitUntilUnder(1);
  const RocksDbStats stats = bench.stats();
  const double commits = static_cast<double>(stats.commits);
  state.counters["commits_per_s"] = benchmark::Counter(commits, benchmark::Counter::kIsRate);
  state.counters["executions_per_s"] =
      benchmark::Counter(commits * executions, benchmark::Counter::kIsRate);
  state.counters["batches_per_fsync"] = commits / static_cast<double>(stats.groups);
}
BENCHMARK(BM_Commit)
    ->ArgNames({"executions", "under_way"})
    ->ArgsProduct({{1, 16, 256}, {1, 8}})
    ->UseRealTime()
    ->MinTime(5)
    ->Unit(benchmark::kMillisecond);

// range(0): transitions.
void BM_Volume(benchmark::State& state) {
  constexpr int kBatch = 256;
  for (auto _ : state) {
    Bench bench(RocksDbOptions::Sync::kNever);
    for (int64_t done = 0; done < state.range(0); done += kBatch) {
      bench.WaitUntilUnder(8);
      bench.Commit(kBatch);
    }
    bench.WaitUntilUnder(1);
    const RocksDbStats stats = bench.StatsAtRest();
    const double written =
        static_cast<double>(stats.wal_bytes + stats.flush_bytes + stats.compaction_bytes);
    state.counters["write_amplification"] = written / static_cast<double>(stats.commit_bytes);
    state.counters["disk_bytes_per_transition"] =
        static_cast<double>(stats.disk_bytes) / static_cast<double>(stats.commits * kBatch);
    state.counters["committed_bytes"] = static_cast<double>(stats.commit_bytes);
  }
}
BENCHMARK(BM_Volume)
    ->ArgName("transitions")
    ->Arg(2'000'000)
    ->UseRealTime()
    ->Iterations(1)
    ->Unit(benchmark::kSecond);

}  // namespace
}  // namespace segue::store
