// What a commit does: executions, fences, atomicity, order, and what is left after a restart.

#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/base/check.h"
#include "tests/conformance/store_suite.h"

namespace segue::store {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

Batch BatchOf(const Fence& fence, ExecutionWrite write) {
  return {.fence = fence, .executions = {std::move(write)}};
}

TEST_P(StoreSuite, LoadsNothingWhereNothingIs) {
  EXPECT_EQ(driver_.Get(driver_.Load("absent")), std::nullopt);
  EXPECT_EQ(driver_.Get(driver_.Load("no id: \x01")), std::nullopt);
  EXPECT_EQ(driver_.Get(driver_.Load("")), std::nullopt);
}

TEST_P(StoreSuite, LoadsAnExecutionWithItsBranchesInOrder) {
  ExecutionWrite write = Started("a");
  for (const uint64_t branch : {uint64_t{300}, uint64_t{2}, uint64_t{1} << 40}) {
    write.branches.push_back({.id = BranchId(branch), .record = absl::StrCat("b", branch)});
  }
  ASSERT_TRUE(driver_.Commit({write}).ok());
  const auto stored = driver_.Get(driver_.Load("a"));
  ASSERT_TRUE(stored.has_value());
  EXPECT_EQ(stored->record, "a:record");
  EXPECT_THAT(stored->branches, ElementsAre(Pair(BranchId(0), "root"), Pair(BranchId(2), "b2"),
                                            Pair(BranchId(300), "b300"),
                                            Pair(BranchId(uint64_t{1} << 40), "b1099511627776")));
}

TEST_P(StoreSuite, KeepsNeighboursApart) {
  // Ids that begin with one another, and records that hold any byte.
  const std::string bytes("\0\xff\0", 3);
  for (const char* id : {"a", "ab", "a-", "a-b", "A", "_"}) {
    ExecutionWrite write = Started(id);
    write.record = id + bytes;
    ASSERT_TRUE(driver_.Commit({write}).ok());
  }
  for (const char* id : {"a", "ab", "a-", "a-b", "A", "_"}) {
    const auto stored = driver_.Get(driver_.Load(id));
    ASSERT_TRUE(stored.has_value()) << id;
    EXPECT_EQ(stored->record, id + bytes);
    EXPECT_EQ(stored->branches.size(), 1u);
  }
}

TEST_P(StoreSuite, WritesOnlyWhatIsNamed) {
  ASSERT_TRUE(driver_.Commit({Started("a")}).ok());
  ExecutionWrite write{.id = ExecutionId("a")};
  write.branches = {{.id = BranchId(0), .record = "root 2"}, {.id = BranchId(1), .record = "one"}};
  ASSERT_TRUE(driver_.Commit({write}).ok());
  write.branches = {{.id = BranchId(1), .record = std::nullopt},
                    {.id = BranchId(9), .record = std::nullopt}};
  ASSERT_TRUE(driver_.Commit({write}).ok());
  const auto stored = driver_.Get(driver_.Load("a"));
  ASSERT_TRUE(stored.has_value());
  EXPECT_EQ(stored->record, "a:record");
  EXPECT_THAT(stored->branches, ElementsAre(Pair(BranchId(0), "root 2")));
}

TEST_P(StoreSuite, CommitsAnEmptyBatch) { EXPECT_TRUE(driver_.Commit(Batch{}).ok()); }

TEST_P(StoreSuite, LargeBatch) {
  constexpr int kBranches = 10'000;
  ExecutionWrite write = Started("wide");
  for (int i = 1; i <= kBranches; ++i) {
    write.branches.push_back({.id = BranchId(i), .record = std::string(100, 'x')});
  }
  ASSERT_TRUE(driver_.Commit({write}).ok());
  EXPECT_EQ(driver_.Get(driver_.Load("wide"))->branches.size(), kBranches + 1u);
  for (BranchWrite& branch : write.branches) branch.record = std::nullopt;
  write.wake = std::nullopt;
  write.index = std::nullopt;
  ASSERT_TRUE(driver_.Commit({write}).ok());
  EXPECT_THAT(driver_.Get(driver_.Load("wide"))->branches, IsEmpty());
}

TEST_P(StoreSuite, RemovesAllOfAnExecution) {
  ASSERT_TRUE(driver_.Commit({Started("a"), Started("ab")}).ok());
  ASSERT_TRUE(driver_.Commit({Closed("a")}).ok());
  ASSERT_TRUE(driver_.Commit({Removed("a")}).ok());
  EXPECT_EQ(driver_.Get(driver_.Load("a")), std::nullopt);
  EXPECT_THAT(driver_.Get(driver_.History({.id = ExecutionId("a")})), IsEmpty());
  EXPECT_THAT(Ids(driver_.Get(driver_.List({}))), ElementsAre("ab"));
  EXPECT_THAT(driver_.Get(driver_.ScanClosed({.closed_before = absl::InfiniteFuture()})),
              IsEmpty());
  EXPECT_TRUE(driver_.Get(driver_.Load("ab")).has_value());
  EXPECT_EQ(driver_.Get(driver_.History({.id = ExecutionId("ab")})).size(), 1u);
}

TEST_P(StoreSuite, RemovesAnOpenExecution) {
  ASSERT_TRUE(driver_.Commit({Started("a")}).ok());
  ExecutionWrite write{.id = ExecutionId("a"), .remove = true};
  write.wake = {.from = Started("a").wake->to};
  write.index = {.from = Started("a").index->to};
  ASSERT_TRUE(driver_.Commit({write}).ok());
  EXPECT_THAT(driver_.Get(driver_.ScanWakes({.until = absl::InfiniteFuture()})), IsEmpty());
  EXPECT_THAT(driver_.Get(driver_.List({})), IsEmpty());
}

// Several under way: a removal sees what the batches just before it wrote, and hides nothing that
// comes after.
TEST_P(StoreSuite, RemovesAndStartsAgainInOneBreath) {
  int left = 4;
  std::vector<absl::Status> results;
  for (const ExecutionWrite& write :
       {Started("a"), Closed("a"), Removed("a"), Started("a", {.workflow = "second"})}) {
    driver_.store().Commit(BatchOf(driver_.fence(), write), driver_.executor(),
                           [&](absl::Status status) {
                             results.push_back(std::move(status));
                             --left;
                           });
  }
  ASSERT_TRUE(driver_.executor().RunUntil([&left] { return left == 0; }));
  for (const absl::Status& status : results) EXPECT_TRUE(status.ok()) << status;
  EXPECT_TRUE(driver_.Get(driver_.Load("a")).has_value());
  EXPECT_THAT(Ids(driver_.Get(driver_.List({.workflow = "second"}))), ElementsAre("a"));
  EXPECT_THAT(driver_.Get(driver_.List({.workflow = "order"})), IsEmpty());
  const auto history = driver_.Get(driver_.History({.id = ExecutionId("a")}));
  ASSERT_EQ(history.size(), 1u);
  EXPECT_EQ(history[0].record, "started");
}

TEST_P(StoreSuite, RefusesAStaleFence) {
  const Fence old = driver_.fence();
  driver_.Acquire();
  EXPECT_GT(driver_.fence().epoch, old.epoch);
  Batch batch = BatchOf(old, Started("a"));
  batch.documents = {{.collection = "c", .key = "k", .record = "r"}};
  EXPECT_TRUE(absl::IsAborted(driver_.Commit(batch)));
  EXPECT_EQ(driver_.Get(driver_.Load("a")), std::nullopt);
  EXPECT_THAT(driver_.Get(driver_.List({})), IsEmpty());
  EXPECT_THAT(driver_.Get(driver_.History({.id = ExecutionId("a")})), IsEmpty());
  EXPECT_EQ(driver_.Get(driver_.Document("c", "k")), std::nullopt);
  EXPECT_TRUE(driver_.Commit({Started("a")}).ok());
}

TEST_P(StoreSuite, RefusesAFenceThatWasNeverGiven) {
  Fence fence = driver_.fence();
  fence.epoch += 1;
  EXPECT_TRUE(absl::IsAborted(driver_.Commit(BatchOf(fence, Started("a")))));
  EXPECT_TRUE(absl::IsAborted(driver_.Commit(BatchOf(Fence{}, Started("a")))));
}

TEST_P(StoreSuite, FencesSlotBySlot) {
  const std::string low = IdsIn(3, 1)[0];
  const std::string high = IdsIn(200, 1)[0];
  const auto upper = driver_.store().Acquire({.begin = 128, .end = 256}, "other");
  ASSERT_TRUE(upper.ok());
  EXPECT_EQ(upper->slots, (SlotRange{.begin = 128, .end = 256}));
  // The old fence still holds for the slots that nobody took.
  EXPECT_TRUE(driver_.Commit({Started(low)}).ok());
  EXPECT_TRUE(absl::IsAborted(driver_.Commit({Started(high)})));
  // One stale slot refuses all of the batch.
  ExecutionWrite write{.id = ExecutionId(low), .record = "new"};
  EXPECT_TRUE(absl::IsAborted(driver_.Commit({write, Started(high)})));
  EXPECT_EQ(driver_.Get(driver_.Load(low))->record, low + ":record");
  EXPECT_TRUE(driver_.Commit(BatchOf(*upper, Started(high))).ok());
}

TEST_P(StoreSuite, DocumentsNeedNoFence) {
  EXPECT_TRUE(driver_
                  .Commit(Batch{.fence = Fence{},
                                .documents = {{.collection = "c", .key = "k", .record = "r"}}})
                  .ok());
  EXPECT_EQ(driver_.Get(driver_.Document("c", "k")), "r");
}

TEST_P(StoreSuite, RefusesWhatHasNoKey) {
  const auto refused = [this](ExecutionWrite write) {
    return absl::IsInvalidArgument(driver_.Commit({Started("good"), std::move(write)}));
  };
  EXPECT_TRUE(refused(Started("")));
  EXPECT_TRUE(refused(Started(std::string(81, 'a'))));
  EXPECT_TRUE(refused(Started("a/b")));
  EXPECT_TRUE(refused(Started(std::string("a\0b", 3))));
  EXPECT_TRUE(refused(Started("a", {.workflow = "a\nb"})));
  EXPECT_TRUE(refused(Started("a", {.workflow = std::string(321, 'w')})));
  EXPECT_TRUE(refused(Started("a", {.status = 256})));
  EXPECT_TRUE(refused(Started("a", {.status = -1})));
  ExecutionWrite history{.id = ExecutionId("a")};
  history.history = {{.first = 0, .count = 1, .record = ""}};
  EXPECT_TRUE(refused(history));
  ExecutionWrite both = Started("a");
  both.remove = true;
  EXPECT_TRUE(refused(both));
  EXPECT_EQ(driver_.Get(driver_.Load("good")), std::nullopt);

  Batch outside = BatchOf(driver_.fence(), Started("a"));
  outside.fence.slots = {.begin = SlotOf("a") + 1, .end = SlotOf("a") + 2};
  EXPECT_TRUE(absl::IsInvalidArgument(driver_.Commit(outside)));
  EXPECT_TRUE(
      absl::IsInvalidArgument(driver_.Commit({}, {{.collection = "", .key = "k", .record = "r"}})));
  EXPECT_TRUE(
      absl::IsInvalidArgument(driver_.Commit({}, {{.collection = "c", .key = "", .record = "r"}})));
}

// Commits of one owner, many under way at once.
struct Writer {
  explicit Writer(Store& target, SlotRange range) : store(target), slots(range) {}

  void Run(int commits) {
    const absl::StatusOr<Fence> fence = store.Acquire(slots, "writer");
    SEGUE_CHECK(fence.ok());
    const std::string id = IdsIn(slots.begin, 1)[0];
    ::segue::testing::ManualExecutor executor;
    int answered = 0;
    for (int i = 1; i <= commits; ++i) {
      ExecutionWrite write{.id = ExecutionId(id), .record = absl::StrCat(i)};
      write.history = {{.first = i, .count = 1, .record = absl::StrCat("event ", i)}};
      store.Commit(BatchOf(*fence, std::move(write)), executor,
                   [this, i, &answered](absl::Status status) {
                     if (!status.ok() || i != answered + 1) ++wrong;
                     ++answered;
                   });
    }
    SEGUE_CHECK(executor.RunUntil([&] { return answered == commits; }));
    const auto stored = executor.Wait(store.Load(ExecutionId(id), executor));
    if (!stored.ok() || (*stored)->record != absl::StrCat(commits)) ++wrong;
    const auto history =
        executor.Wait(store.ReadHistory({.id = ExecutionId(id), .limit = commits + 1}, executor));
    if (!history.ok() || std::ssize(*history) != commits) ++wrong;
  }

  Store& store;
  SlotRange slots;
  int wrong = 0;
};

TEST_P(StoreSuite, CommitsFromSeveralExecutorsInOrder) {
  constexpr int kWriters = 4;
  constexpr int kCommits = 200;
  std::vector<std::unique_ptr<Writer>> writers;
  std::vector<std::thread> threads;
  for (int i = 0; i < kWriters; ++i) {
    writers.push_back(
        std::make_unique<Writer>(driver_.store(), SlotsOf({.index = i, .count = kWriters})));
    threads.emplace_back(&Writer::Run, writers.back().get(), kCommits);
  }
  for (std::thread& thread : threads) thread.join();
  for (const auto& writer : writers) EXPECT_EQ(writer->wrong, 0);
}

TEST_P(StoreSuite, ClosingWritesAndAnswersWhatIsUnderWay) {
  int answered = 0;
  for (const std::string& id : IdsIn(std::nullopt, 50)) {
    driver_.store().Commit(BatchOf(driver_.fence(), Started(id)), driver_.executor(),
                           [&answered](absl::Status status) { answered += status.ok() ? 1 : 0; });
  }
  driver_.Close();
  driver_.executor().RunUntilIdle();
  EXPECT_EQ(answered, 50);
}

TEST_P(StoreSuite, KeepsAllAcrossARestart) {
  if (GetParam().durability == StoreFactory::Durability::kGoneWhenClosed) GTEST_SKIP();
  const std::vector<std::string> ids = IdsIn(std::nullopt, 100);
  for (const std::string& id : ids) ASSERT_TRUE(driver_.Commit({Started(id)}).ok());
  ASSERT_TRUE(driver_.Commit({Closed(ids[0])}).ok());
  ASSERT_TRUE(driver_.Commit({}, {{.collection = "c", .key = "k", .record = "r"}}).ok());
  for (int restart = 0; restart < 2; ++restart) {
    driver_.Close();
    ASSERT_TRUE(driver_.Open().ok());
    EXPECT_EQ(driver_.Get(driver_.List({.status = 1})).size(), 99u);
    EXPECT_EQ(driver_.Get(driver_.ScanWakes({.until = absl::InfiniteFuture()})).size(), 99u);
    EXPECT_THAT(Ids(driver_.Get(driver_.ScanClosed({.closed_before = At(9999)}))),
                ElementsAre(ids[0]));
    EXPECT_EQ(driver_.Get(driver_.Load(ids[0]))->record, ids[0] + ":closed");
    EXPECT_EQ(driver_.Get(driver_.History({.id = ExecutionId(ids[0])})).size(), 2u);
    EXPECT_EQ(driver_.Get(driver_.Document("c", "k")), "r");
  }
}

TEST_P(StoreSuite, EpochsRiseAcrossARestart) {
  if (GetParam().durability == StoreFactory::Durability::kGoneWhenClosed) GTEST_SKIP();
  const Fence old = driver_.fence();
  driver_.Close();
  ASSERT_TRUE(driver_.Open().ok());
  driver_.Acquire();
  EXPECT_GT(driver_.fence().epoch, old.epoch);
  EXPECT_TRUE(absl::IsAborted(driver_.Commit(BatchOf(old, Started("a")))));
  EXPECT_TRUE(driver_.Commit({Started("a")}).ok());
}

}  // namespace
}  // namespace segue::store
