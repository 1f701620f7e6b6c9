#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "server/store/store.h"

namespace segue::store {

// The store that forgets when the process ends: for tests, the simulation and Express executions.
//
// It is written to be obviously right, not to be fast: lists filter all executions. And it is
// strict: a `from` that is not what is stored is the caller's bug (SEGUE_CHECK), where a real store
// would quietly keep a stale key.
//
// Threads: any; one lock over everything. A commit is done within the call, its `done` is posted.
// Reads answer at once. Errors: Aborted and InvalidArgument only.
class MemoryStore final : public Store {
 public:
  MemoryStore() = default;

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
  struct Execution {
    std::optional<std::string> record;  // nothing: it does not exist
    std::map<uint64_t, std::string> branches;
    std::map<int64_t, StoredHistory> history;  // by first event
    std::optional<int64_t> wake_micros;
    std::optional<IndexEntry> index;  // times in whole microseconds
  };
  struct WakeKey {
    int slot = 0;
    int64_t at_micros = 0;
    std::string id;
    auto operator<=>(const WakeKey&) const = default;
  };
  struct ListKey {
    int64_t start_micros = 0;
    std::string id;
    // Newest first, ties by id.
    bool operator<(const ListKey& other) const {
      if (start_micros != other.start_micros) return start_micros > other.start_micros;
      return id < other.id;
    }
  };
  struct ClosedKey {
    int slot = 0;
    int64_t end_micros = 0;
    std::string id;
    auto operator<=>(const ClosedKey&) const = default;
  };

  absl::Status Apply(Batch batch);
  // Under the lock:
  absl::Status CheckFence(const Batch& batch) const;
  void ApplyExecution(ExecutionWrite write);
  void MoveWake(const std::string& id, Execution& execution, const ExecutionWrite::WakeMove& move);
  void MoveIndex(const std::string& id, Execution& execution,
                 const ExecutionWrite::IndexMove& move);

  std::mutex mutex_;  // guards all below
  std::array<uint64_t, kSlotCount> epochs_ = {};
  std::map<std::string, Execution> executions_;
  std::set<WakeKey> wakes_;
  std::set<ListKey> list_;
  std::set<ClosedKey> closed_;
  std::map<std::pair<std::string, std::string>, std::string> documents_;
};

}  // namespace segue::store
