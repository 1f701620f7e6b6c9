// Random commits and reads on the store under test and on MemoryStore, which was written to be
// obviously right: whatever is read must be the same.

#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/base/check.h"
#include "server/base/random.h"
#include "server/store/memory/memory_store.h"
#include "tests/conformance/store_suite.h"

namespace segue::store {
namespace {

class ModelRun {
 public:
  ModelRun(StoreDriver& driver, uint64_t seed)
      : driver_(driver),
        random_(seed),
        model_({.name = "model", .open = [](const std::string&) {
                  return absl::StatusOr<std::unique_ptr<Store>>(std::make_unique<MemoryStore>());
                }}) {}

  void Step() {
    std::map<std::string, ExecutionWrite> writes;
    const int count = 1 + Below(4);
    for (int i = 0; i < count; ++i) {
      const std::string id = absl::StrCat("e", Below(40));
      if (!writes.contains(id)) writes.emplace(id, Write(id));
    }
    std::vector<ExecutionWrite> batch;
    for (auto& [id, write] : writes) batch.push_back(std::move(write));
    ASSERT_TRUE(driver_.Commit(batch).ok());
    ASSERT_TRUE(model_.Commit(std::move(batch)).ok());
  }

  void Compare() {
    for (int i = 0; i < 40; ++i) CompareExecution(absl::StrCat("e", i));
    CompareLists();
    const Store::WakeQuery wakes{.until = Time(), .limit = 1 + Below(50)};
    const auto found = driver_.Get(driver_.ScanWakes(wakes));
    const auto expected = model_.Get(model_.ScanWakes(wakes));
    ASSERT_EQ(Ids(found), Ids(expected));
    for (size_t i = 0; i < found.size(); ++i) ASSERT_EQ(found[i].wake, expected[i].wake);
    const Store::ClosedQuery closed{.closed_before = Time(), .limit = 1 + Below(50)};
    const auto found_closed = driver_.Get(driver_.ScanClosed(closed));
    const auto expected_closed = model_.Get(model_.ScanClosed(closed));
    ASSERT_EQ(Ids(found_closed), Ids(expected_closed));
    for (size_t i = 0; i < found_closed.size(); ++i) {
      ASSERT_EQ(found_closed[i].index, expected_closed[i].index);
    }
  }

 private:
  // What is stored, as the scheduler would know it.
  struct Known {
    std::optional<Wake> wake;
    std::optional<IndexEntry> index;
    int64_t events = 0;
  };

  int Below(int bound) { return static_cast<int>(random_.Below(bound)); }
  absl::Time Time() {
    const int pick = Below(20);
    if (pick == 0) return absl::InfinitePast();
    if (pick == 1) return absl::InfiniteFuture();
    return At(Below(100)) + absl::Nanoseconds(500 * Below(4));
  }

  ExecutionWrite Write(const std::string& id) {
    Known& known = known_[id];
    ExecutionWrite write{.id = ExecutionId(id)};
    if (known.index && Below(8) == 0) {
      write.remove = true;
      write.wake = {.from = known.wake};
      write.index = {.from = known.index};
      known_.erase(id);
      return write;
    }
    write.record = absl::StrCat("record ", random_.Next());
    const int branches = Below(3);
    for (int i = 0; i < branches; ++i) {
      BranchWrite branch{.id = BranchId(random_.Below(6))};
      if (Below(3) != 0) branch.record = absl::StrCat("branch ", random_.Next());
      write.branches.push_back(std::move(branch));
    }
    if (Below(2) == 0) {
      const int count = 1 + Below(3);
      write.history = {{.first = known.events + 1, .count = count, .record = "events"}};
      known.events += count;
    }
    if (Below(2) == 0) {
      write.wake = {.from = known.wake};
      if (Below(4) != 0) write.wake->to = Wake{.at = Time()};
      known.wake = write.wake->to;
    }
    if (!known.index || Below(4) == 0) MoveIndex(write, known);
    return write;
  }

  void MoveIndex(ExecutionWrite& write, Known& known) {
    write.index = {.from = known.index};
    IndexEntry entry{.workflow = absl::StrCat("w", Below(3)), .start_time = Time()};
    if (known.index) {
      entry = *known.index;
      entry.end_time = Time();
    }
    entry.status = Below(4);
    write.index->to = entry;
    known.index = entry;
  }

  void CompareExecution(const std::string& id) {
    const auto found = driver_.Get(driver_.Load(id));
    const auto expected = model_.Get(model_.Load(id));
    ASSERT_EQ(found.has_value(), expected.has_value()) << id;
    if (!found) return;
    ASSERT_EQ(found->record, expected->record);
    ASSERT_EQ(found->branches, expected->branches);
    const HistoryQuery query{
        .id = ExecutionId(id),
        .from = Below(10),
        .to = Below(20),
        .order = Below(2) == 0 ? HistoryQuery::Order::kAscending : HistoryQuery::Order::kDescending,
        .limit = 1 + Below(5)};
    const auto found_history = driver_.Get(driver_.History(query));
    const auto expected_history = model_.Get(model_.History(query));
    ASSERT_EQ(found_history.size(), expected_history.size());
    for (size_t i = 0; i < found_history.size(); ++i) {
      ASSERT_EQ(found_history[i].first, expected_history[i].first);
      ASSERT_EQ(found_history[i].count, expected_history[i].count);
    }
  }

  void CompareLists() {
    for (int i = 0; i < 10; ++i) {
      ListQuery query{.limit = 1 + Below(10)};
      if (Below(2) == 0) query.workflow = absl::StrCat("w", Below(3));
      if (Below(2) == 0) query.status = Below(4);
      if (Below(3) == 0) query.start_after = Time();
      if (Below(3) == 0) query.start_before = Time();
      if (Below(3) == 0) query.after = {{Time(), ExecutionId(absl::StrCat("e", Below(40)))}};
      const auto found = driver_.Get(driver_.List(query));
      const auto expected = model_.Get(model_.List(query));
      ASSERT_EQ(Ids(found), Ids(expected));
      for (size_t row = 0; row < found.size(); ++row) {
        ASSERT_EQ(found[row].record, expected[row].record);
        ASSERT_EQ(found[row].start_time, expected[row].start_time);
      }
    }
  }

  StoreDriver& driver_;
  Random random_;
  StoreDriver model_;
  std::map<std::string, Known> known_;
};

TEST_P(StoreSuite, ReadsWhatTheModelReads) {
  constexpr uint64_t kSeed = 20'240'601;
  ModelRun run(driver_, kSeed);
  for (int round = 0; round < 40 && !HasFatalFailure(); ++round) {
    for (int step = 0; step < 25; ++step) run.Step();
    run.Compare();
    const bool durable = GetParam().durability == StoreFactory::Durability::kDurable;
    if (durable && round % 10 == 9) {
      driver_.Close();
      ASSERT_TRUE(driver_.Open().ok());
    }
  }
}

}  // namespace
}  // namespace segue::store
