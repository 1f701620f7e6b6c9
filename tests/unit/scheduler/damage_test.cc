// Records that cannot be read: what needs them stands still, and everything else goes on.

#include <gmock/gmock.h>

#include "server/base/check.h"
#include "server/base/error.h"
#include "server/scheduler/map_run/map_run.h"
#include "server/scheduler/store_check.h"
#include "tests/unit/scheduler/fixture.h"
#include "tests/unit/scheduler/two_shards.h"

namespace segue::scheduler {
namespace {

using engine::ExecutionStatus;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Key;
using ::testing::Pair;

constexpr char kOrder1[] = "order/00000000000000000001";
constexpr char kOrder2[] = "order/00000000000000000002";

// Its items are the input's.
constexpr char kDistributedMap[] = R"({"StartAt":"M","States":{"M":{"Type":"Map","End":true,
  "ItemProcessor":{"ProcessorConfig":{"Mode":"DISTRIBUTED","ExecutionType":"STANDARD"},
  "StartAt":"P","States":{"P":{"Type":"Pass","End":true}}}}}})";

std::string ReasonOf(const absl::Status& status) {
  const auto detail = segue::DetailOf(status);
  return detail ? detail->reason : "";
}

class DamageTest : public SchedulerTest {
 protected:
  void Put(const std::string& name, const std::string& definition) {
    const auto put = executor_->Wait(scheduler_->catalog().Put(
        {.name = name, .definition = definition, .mode = PutWorkflow::Mode::kCreateOrUpdate}));
    ASSERT_TRUE(put.ok()) << put.status();
  }

  ExecutionId Run(const std::string& workflow) {
    SubmitRequest request;
    request.workflow = workflow;
    const auto submitted = Submit(request);
    EXPECT_TRUE(submitted.ok()) << submitted.status();
    return submitted->view.execution.id;
  }

  void Damage(const std::string& collection, const std::string& key) {
    Write({.collection = collection, .key = key, .record = "\xFF no message"});
  }
  void Remove(const std::string& collection, const std::string& key) {
    Write({.collection = collection, .key = key, .record = std::nullopt});
  }

 private:
  void Write(store::DocumentWrite document) {
    std::optional<absl::Status> written;
    scheduler_->WriteDocument(std::move(document),
                              [&written](const absl::Status& status) { written = status; });
    executor_->RunUntilIdle();
    ASSERT_TRUE(written && written->ok());
  }
};

TEST_F(DamageTest, AWorkflowThatCannotBeReadHoldsUpItsExecutionsAlone) {
  Put("order", kWait);
  Put("other", kWait);
  const ExecutionId stands = Run("order");
  const ExecutionId goes_on = Run("other");
  Damage("workflow", kOrder1);
  Restart();
  EXPECT_THAT(observer_.unreadable, ElementsAre(Key(HasSubstr(kOrder1))));
  Advance(absl::Seconds(601));
  EXPECT_EQ(StatusOf(goes_on), ExecutionStatus::kSucceeded);
  EXPECT_THAT(observer_.unreadable,
              ElementsAre(Pair("execution " + stands.value(), HasSubstr(kOrder1)),
                          Key(std::string("workflow ") + kOrder1)));
  SubmitRequest request;
  request.workflow = "order";
  const auto refused = Submit(request);
  EXPECT_TRUE(absl::IsDataLoss(refused.status())) << refused.status();
  EXPECT_THAT(std::string(refused.status().message()), HasSubstr(kOrder1));
}

TEST_F(DamageTest, AWorkflowThatCannotBeReadIsPutAgainAsItsNextVersion) {
  Put("order", kWait);
  Put("order", kPass);
  Damage("workflow", kOrder2);
  Restart();
  // Never the version before in silence.
  EXPECT_TRUE(absl::IsDataLoss(scheduler_->catalog().Get("order", 0).status()));
  EXPECT_TRUE(absl::IsDataLoss(scheduler_->catalog().Get("order", 2).status()));
  EXPECT_EQ((*scheduler_->catalog().Get("order", 1))->definition, kWait);
  EXPECT_TRUE(scheduler_->catalog().List("", 10).empty());
  Put("order", kPass);
  EXPECT_EQ((*scheduler_->catalog().Get("order", 0))->version, 3);
  EXPECT_EQ(StatusOf(Run("order")), ExecutionStatus::kSucceeded);
  Restart();
  EXPECT_EQ((*scheduler_->catalog().Get("order", 0))->version, 3);
}

TEST_F(DamageTest, OtherSharedRecordsHoldUpNothing) {
  for (const std::string collection : {"publication", "activity", "tags"}) {
    SCOPED_TRACE(collection);
    Damage(collection, "thing");
    Restart();
    EXPECT_TRUE(observer_.unreadable.contains(collection + " thing"));
    EXPECT_TRUE(Submit(Inline(kPass)).ok());
  }
  EXPECT_EQ(scheduler_->tags().Find("thing"), nullptr);
  const absl::Status kept = executor_->Wait(scheduler_->tags().Change(
      "thing", [](const Tags*) { return absl::StatusOr<std::optional<Tags>>(Tags()); }));
  EXPECT_TRUE(absl::IsDataLoss(kept)) << kept;
}

TEST_F(DamageTest, AShardWhoseIndexCannotBeReadStandsUntilItCan) {
  const auto asleep = Submit(Inline(kWait));
  ASSERT_TRUE(asleep.ok());
  const ExecutionId id = asleep->view.execution.id;
  store_.damaged_index = SlotRange();
  Restart();
  EXPECT_THAT(observer_.unreadable,
              ElementsAre(Pair("open executions of shard 0", HasSubstr("a bad block"))));
  const auto refused = Submit(Inline(kPass));
  EXPECT_EQ(ReasonOf(refused.status()), "STORE_DAMAGED") << refused.status();
  EXPECT_EQ(StatusOf(id), ExecutionStatus::kRunning);  // read from the store
  Advance(absl::Seconds(601));
  EXPECT_EQ(StatusOf(id), ExecutionStatus::kRunning);
  store_.damaged_index.reset();
  Advance(absl::Seconds(20));
  EXPECT_EQ(StatusOf(id), ExecutionStatus::kSucceeded);
  EXPECT_TRUE(Submit(Inline(kPass)).ok());
}

class DamageOfOneShardTest : public TwoShards {
 protected:
  absl::StatusOr<SubmitResult> SubmitTo(size_t shard, const char* definition) {
    SubmitRequest request;
    request.inline_definition = definition;
    return Call(scheduler_->Submit(std::move(request)), shard);
  }
};

TEST_F(DamageOfOneShardTest, TheOtherGoesOn) {
  const auto first = SubmitTo(0, kWait);
  const auto second = SubmitTo(1, kWait);
  ASSERT_TRUE(first.ok() && second.ok());
  const ExecutionId goes_on = first->view.execution.id;
  const ExecutionId stands = second->view.execution.id;
  store_.damaged_index = SlotsOf({.index = 1, .count = 2});
  Restart();
  EXPECT_EQ(ReasonOf(SubmitTo(1, kPass).status()), "STORE_DAMAGED");
  EXPECT_TRUE(SubmitTo(0, kPass).ok());
  loops_->RunFor(absl::Seconds(601));
  EXPECT_EQ(StatusOf(goes_on), ExecutionStatus::kSucceeded);
  EXPECT_EQ(StatusOf(stands), ExecutionStatus::kRunning);
  store_.damaged_index.reset();
  loops_->RunFor(absl::Seconds(20));
  EXPECT_EQ(StatusOf(stands), ExecutionStatus::kSucceeded);
}

class CheckTest : public DamageTest {
 protected:
  StoreReport Check(std::vector<DocumentReader> others = {}) {
    segue::testing::ManualExecutor executor(now_);
    return executor.Wait(CheckStore(store_, executor, std::move(others)));
  }

  static std::vector<std::string> RecordsOf(const StoreReport& report) {
    std::vector<std::string> records;
    for (const StoreFault& fault : report.faults) records.push_back(fault.record);
    return records;
  }

  // A Map Run that has ended, of one item.
  MapRun RunOfAMap() {
    SubmitRequest request = Inline(kDistributedMap);
    request.input = "[1]";
    const auto submitted = Submit(request);
    const ExecutionId id = submitted->view.execution.id;
    executor_->RunUntilIdle();
    EXPECT_EQ(StatusOf(id), ExecutionStatus::kSucceeded);
    const auto runs = executor_->Wait(scheduler_->ListMapRuns(id));
    SEGUE_CHECK(runs.ok() && runs->size() == 1);
    return runs->front();
  }
};

TEST_F(CheckTest, NamesEveryRecordThatCannotBeRead) {
  Put("order", kWait);
  const ExecutionId stands = Run("order");
  Damage("workflow", kOrder1);
  Damage("tags", "thing");
  Damage("leftover", "thing");
  Damage("map_run", "thing");
  Damage("map_run_of_execution", "thing");
  const StoreReport report = Check();
  EXPECT_THAT(
      RecordsOf(report),
      ElementsAre(std::string("workflow ") + kOrder1, "tags thing", "leftover thing",
                  "map_run thing", "map_run_of_execution thing", "execution " + stands.value()));
  EXPECT_EQ(report.open, 1);
}

TEST_F(CheckTest, NamesRecordsOfOthersByTheirReaders) {
  Damage("budget", "bad");
  Damage("budget", "good");
  const DocumentReader budgets{.collection = "budget",
                               .what = "budget of service",
                               .kind = StoreFault::Kind::kBudget,
                               .read = [](const store::Document& document) {
                                 return document.key == "good" ? absl::OkStatus()
                                                               : absl::DataLossError("no message");
                               }};
  const StoreReport report = Check({budgets});
  EXPECT_THAT(RecordsOf(report), ElementsAre("budget of service bad"));
}

TEST_F(CheckTest, AMapRunAndItsPlaceAmongItsExecutionsBelongTogether) {
  const MapRun first = RunOfAMap();
  const MapRun second = RunOfAMap();
  EXPECT_THAT(RecordsOf(Check()), IsEmpty());
  Remove("map_run", first.uuid);
  Remove("map_run_of_execution", KeyInExecution(second));
  EXPECT_THAT(RecordsOf(Check()), ElementsAre("map_run_of_execution " + KeyInExecution(first),
                                              "map_run " + second.uuid));
}

TEST_F(CheckTest, ACollectionThatCannotBeReadSaysNothingOfTheOther) {
  RunOfAMap();
  for (const std::string collection : {"map_run", "map_run_of_execution"}) {
    store_.bad_collection = collection;
    EXPECT_THAT(RecordsOf(Check()), ElementsAre(collection));
  }
}

}  // namespace
}  // namespace segue::scheduler
