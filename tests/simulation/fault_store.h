#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "server/base/random.h"
#include "server/store/store.h"
#include "tests/simulation/disk.h"
#include "tests/simulation/knobs.h"
#include "tests/simulation/timeline.h"

namespace segue::simulation {

// The store as one server sees it: between it and the disk, things take their time and go wrong.
//
// Fault model.
//   - A commit is written some time after it was handed over, and acknowledged some time after
//     that. It may be refused (an error, nothing written), its answer may be lost (an error,
//     written), or it may be late (an error first, written afterwards unless the fence has moved).
//   - A read sees the disk as it was at some moment between the question and the answer, so never
//     less than what had been acknowledged; or it fails with Unavailable.
//   - Acquire may fail in the same ways.
//   - Cut: the server has crashed. What was on its way is written or not, each for itself; the
//     server itself gets nothing but errors from now on.
// Nothing is torn, and nothing that was acknowledged is lost: those faults are the store suite's.
class FaultStore final : public store::Store {
 public:
  struct World {
    Disk& disk;
    Loop& outside;  // where what is on its way to the disk lives on after a crash
    Random& random;
    const Faults& faults;
    Plant plant = Plant::kNone;
  };
  explicit FaultStore(const World& world);

  // The server has crashed.
  void Cut();

  absl::StatusOr<store::Fence> Acquire(SlotRange slots, const std::string& owner) override;
  void Commit(store::Batch batch, async::Executor& executor, CommitDone done) override;
  async::Task<absl::StatusOr<std::optional<store::StoredExecution>>> Load(
      ExecutionId id, async::Executor& executor) override;
  async::Task<absl::StatusOr<std::vector<store::WakeRow>>> ScanWakes(
      WakeQuery query, async::Executor& executor) override;
  async::Task<absl::StatusOr<std::vector<store::ListRow>>> ListExecutions(
      store::ListQuery query, async::Executor& executor) override;
  async::Task<absl::StatusOr<std::vector<store::StoredHistory>>> ReadHistory(
      store::HistoryQuery query, async::Executor& executor) override;
  async::Task<absl::StatusOr<std::vector<ClosedRow>>> ScanClosed(
      ClosedQuery query, async::Executor& executor) override;
  async::Task<absl::StatusOr<std::optional<std::string>>> ReadDocument(
      std::string collection, std::string key, async::Executor& executor) override;
  async::Task<absl::StatusOr<std::vector<store::Document>>> ReadDocuments(
      DocumentQuery query, async::Executor& executor) override;

 private:
  enum class Fate { kWritten, kRefused, kAnswerLost, kLate };
  Fate DrawFate();
  void DropPlanted(store::Batch& batch, uint64_t commit) const;
  // With Plant::kWrittenAfterEnd.
  void WriteAgain(store::Batch& batch, uint64_t commit);
  absl::Duration DrawDelay();
  absl::Status DrawError();
  // With Plant::kWakeLost.
  async::Task<absl::StatusOr<std::vector<store::WakeRow>>> ScanSomeWakes(WakeQuery query,
                                                                         async::Executor& executor);
  // With Plant::kRowUnlisted.
  async::Task<absl::StatusOr<std::vector<store::ListRow>>> ListSome(store::ListQuery query,
                                                                    async::Executor& executor);
  // With Plant::kChildDisowned.
  async::Task<absl::StatusOr<std::optional<store::StoredExecution>>> LoadDisowned(
      ExecutionId id, async::Executor& executor);
  // Reads with `task`, which answers at once, at some moment in between.
  template <typename T>
  async::Task<absl::StatusOr<T>> Read(async::Task<absl::StatusOr<T>> task,
                                      async::Executor& executor);

  // Commits under way. What is on its way to the disk may outlive this.
  struct UnderWay {
    std::map<uint64_t, std::pair<async::Executor*, CommitDone>> unanswered;
    std::set<uint64_t> unwritten;
    void Answer(uint64_t commit, const absl::Status& status);
    // At the disk, where it is written; not what a crash has taken.
    bool Arrives(uint64_t commit) { return unwritten.erase(commit) > 0; }
  };

  World world_;
  bool cut_ = false;
  uint64_t commits_made_ = 0;
  std::optional<store::ExecutionWrite> newest_end_;
  std::shared_ptr<UnderWay> under_way_ = std::make_shared<UnderWay>();
};

}  // namespace segue::simulation
