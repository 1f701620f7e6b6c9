#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "server/scheduler/nested/leftover.h"
#include "tests/unit/scheduler/fixture.h"
#include "tests/unit/scheduler/two_shards.h"

// What an execution had started is ended with it, whatever happens in between.

namespace segue::scheduler {
namespace {

using engine::ExecutionStatus;

constexpr char kMachine[] = "arn:aws:states:us-east-1:000000000000:stateMachine:child";

// The only state of a workflow or a branch: one that starts `child` and waits for it.
std::string Sync(const std::string& fields = "") {
  return R"({"StartAt":"S","States":{"S":{"Type":"Task","End":true,
      "Resource":"arn:aws:states:::states:startExecution.sync:2","Parameters":{)" +
         fields + R"("StateMachineArn":")" + kMachine + R"("}}}})";
}

// Likewise one whose items each do a task.
std::string MapRunOf(const std::string& type) {
  return R"({"StartAt":"M","States":{"M":{"Type":"Map","Label":"L","End":true,
      "ItemProcessor":{"ProcessorConfig":{"Mode":"DISTRIBUTED","ExecutionType":")" +
         type + "\"}," + std::string(kTask).substr(1) + "}}}";
}

// Beside it a task that fails.
std::string BesideAFailure(const std::string& branch, const std::string& catcher = "") {
  return absl::StrCat(R"({"StartAt":"P","States":{"P":{"Type":"Parallel","End":true,"Branches":[)",
                      branch, ",", absl::StrReplaceAll(kTask, {{"\"T\"", "\"F\""}}), "]", catcher,
                      "}}}");
}

constexpr char kCaught[] = R"(,"Catch":[{"ErrorEquals":["States.ALL"],"Next":"W"}]},
    "W":{"Type":"Wait","Seconds":60000,"End":true)";

struct Row {
  const char* name;
  std::string definition;
  int children = 1;
};

void PrintTo(const Row& row, std::ostream* out) { *out << row.name; }

const Row kRows[] = {
    {"Sync", Sync()},
    {"MapRun", MapRunOf("STANDARD"), 2},
    {"ExpressMapRun", MapRunOf("EXPRESS"), 2},
    {"SyncBesideAFailure", BesideAFailure(Sync())},
    {"MapRunBesideAFailure", BesideAFailure(MapRunOf("STANDARD")), 2},
    {"SyncBesideACaughtFailure", BesideAFailure(Sync(), kCaught)},
    {"MapRunBesideACaughtFailure", BesideAFailure(MapRunOf("STANDARD"), kCaught), 2},
};

class LeftoversTest : public SchedulerTest {
 protected:
  LeftoversTest() { Store("child", kTask); }

  struct Parent {
    ExecutionId id;
    std::vector<ExecutionId> children;
    std::optional<size_t> sibling;  // the attempt that is to fail
  };

  Parent Start(SubmitRequest request) {
    const size_t first = runner_->started.size();
    request.input = "[1,2]";
    const auto submitted = Submit(std::move(request));
    EXPECT_TRUE(submitted.ok()) << submitted.status();
    executor_->RunUntilIdle();
    Parent parent{.id = submitted->view.execution.id};
    for (size_t i = first; i < runner_->started.size(); ++i) {
      const services::AttemptRequest& attempt = runner_->started[i].request;
      if (attempt.execution_id == parent.id.value()) {
        parent.sibling = i;
      } else {
        parent.children.emplace_back(attempt.execution_id);
      }
    }
    return parent;
  }

  void GiveUp(const Parent& parent) {
    if (parent.sibling) {
      runner_->End(*parent.sibling, WorkflowError{"Sad", ""});
    } else {
      Begin(scheduler_->Cancel(parent.id, engine::Cancelled()));
    }
    executor_->RunUntilIdle();
  }

  bool HasGivenUp(const Parent& parent) {
    const ExecutionView view = Get(parent.id);
    if (IsClosed(view.execution.status)) return true;
    return view.branches.at(0).state_name == "W";
  }

  bool IsOpen(const ExecutionId& id) {
    const auto view = executor_->Wait(scheduler_->Get(id, Detail::kBasic));
    return view.ok() && !IsClosed(view->execution.status);
  }

  size_t Notes() {
    return executor_
        ->Wait(
            store_.ReadDocuments({.collection = kLeftovers, .prefix = "", .after = ""}, *executor_))
        ->size();
  }

  std::vector<MapRun> RunsOf(const Parent& parent) {
    return *executor_->Wait(scheduler_->ListMapRuns(parent.id));
  }

  // What it has started runs as long as it is wanted, and no longer.
  void ExpectSettled(const Parent& parent) {
    const bool given_up = HasGivenUp(parent);
    for (const ExecutionId& child : parent.children) EXPECT_EQ(IsOpen(child), !given_up);
    for (const MapRun& run : RunsOf(parent)) {
      EXPECT_EQ(run.status, given_up ? MapRunStatus::kAborted : MapRunStatus::kRunning);
      EXPECT_EQ(run.stop_time.has_value(), given_up);
    }
    EXPECT_EQ(Notes(), 0u);
  }
};

class LeftoversOfTest : public LeftoversTest, public ::testing::WithParamInterface<Row> {};

TEST_P(LeftoversOfTest, EndAfterACrashAtAnyCommit) {
  bool is_over = false;
  for (int commits = 0; !is_over; ++commits) {
    SCOPED_TRACE(commits);
    const Parent parent = Start(Inline(GetParam().definition));
    ASSERT_EQ(std::ssize(parent.children), GetParam().children);
    store_.fail_after = commits;
    store_.next = FailingStore::Failure::kHeld;
    GiveUp(parent);
    is_over = !store_.held;
    EXPECT_TRUE(!is_over || commits > 2);
    Restart();
    Advance(absl::Seconds(10));
    EXPECT_EQ(HasGivenUp(parent), commits > 0);
    ExpectSettled(parent);
  }
}

TEST_P(LeftoversOfTest, EndAfterAResetAtAnyCommit) {
  for (const auto failure : {FailingStore::Failure::kBefore, FailingStore::Failure::kAfter}) {
    bool is_over = false;
    for (int commits = 0; !is_over; ++commits) {
      SCOPED_TRACE(absl::StrCat("commit ", commits, " fails, ", static_cast<int>(failure)));
      const Parent parent = Start(Inline(GetParam().definition));
      ASSERT_EQ(std::ssize(parent.children), GetParam().children);
      store_.fail_after = commits;
      store_.next = failure;
      GiveUp(parent);
      is_over = std::exchange(store_.next, FailingStore::Failure::kNone) == failure;
      EXPECT_TRUE(!is_over || commits > 2);
      Advance(absl::Seconds(10));
      EXPECT_EQ(HasGivenUp(parent), commits > 0 || failure == FailingStore::Failure::kAfter);
      ExpectSettled(parent);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Kinds, LeftoversOfTest, ::testing::ValuesIn(kRows),
                         [](const auto& info) { return info.param.name; });

TEST_F(LeftoversTest, AMapRunThatACrashLeftSaysWhatBecameOfItsChildren) {
  const Parent parent = Start(Inline(MapRunOf("STANDARD")));
  runner_->Succeed(0, Json("one"));
  executor_->RunUntilIdle();
  store_.fail_after = 1;
  store_.next = FailingStore::Failure::kHeld;
  GiveUp(parent);
  Restart();
  Advance(absl::Seconds(1));
  const MapRun run = RunsOf(parent).at(0);
  EXPECT_EQ(run.status, MapRunStatus::kAborted);
  EXPECT_EQ(run.items.succeeded, 1);
  EXPECT_EQ(run.items.aborted, 1);
  EXPECT_EQ(run.executions.total(), 2);
}

TEST_F(LeftoversTest, ARedriveWaitsUntilTheMapRunHasEnded) {
  const Parent parent = Start(Inline(MapRunOf("STANDARD")));
  store_.fail_after = 1;
  store_.next = FailingStore::Failure::kHeld;
  GiveUp(parent);
  store_.reads_to_fail = 1;  // of the run's record, once its children have ended
  Restart();
  EXPECT_EQ(store_.reads_to_fail, 0);
  EXPECT_EQ(Notes(), 1u);
  Begin(scheduler_->Redrive(parent.id, ""));
  executor_->RunUntilIdle();
  EXPECT_EQ(StatusOf(parent.id), ExecutionStatus::kCancelled);
  Advance(absl::Seconds(1));
  EXPECT_EQ(StatusOf(parent.id), ExecutionStatus::kRunning);
  EXPECT_EQ(Notes(), 0u);
  // The children went on after the crash, ended, and go on once more.
  ASSERT_EQ(runner_->started.size(), 4u);
  for (size_t index : {2, 3}) runner_->Succeed(index, Json("done"));
  executor_->RunUntilIdle();
  EXPECT_EQ(Get(parent.id).execution.output, Json::List({"done", "done"}));
  const MapRun run = RunsOf(parent).at(0);
  EXPECT_EQ(run.status, MapRunStatus::kSucceeded);
  EXPECT_EQ(run.items.succeeded, 2);
  EXPECT_EQ(run.items.total(), 2);
  EXPECT_EQ(run.executions.total(), 2);
}

TEST_F(LeftoversTest, AStopLeavesThemToTheNextStart) {
  const Parent parent = Start(Inline(MapRunOf("STANDARD")));
  store_.fail_after = 1;
  store_.next = FailingStore::Failure::kHeld;
  GiveUp(parent);
  store_.reads_to_fail = 1;
  Restart();
  Begin(scheduler_->Redrive(parent.id, ""));
  executor_->RunUntilIdle();
  StopAndRestart();
  Advance(absl::Seconds(1));
  EXPECT_EQ(StatusOf(parent.id), ExecutionStatus::kCancelled);
  ExpectSettled(parent);
}

// The child's record cannot be read: it stands still, and holds up nothing.
TEST_F(LeftoversTest, WhatCannotBeReadIsToldAndGivenUp) {
  const Parent parent = Start(Inline(Sync()));
  store_.fail_after = 1;
  store_.next = FailingStore::Failure::kHeld;
  GiveUp(parent);
  store_.corrupt = parent.children.at(0);
  Restart();
  Advance(absl::Seconds(1));
  const std::string key = LeftoverKeysOf(parent.id) + "0/0/1/1";
  EXPECT_TRUE(observer_.unreadable.contains("leftover " + key));
  EXPECT_EQ(Notes(), 0u);
  EXPECT_TRUE(executor_->Wait(scheduler_->Redrive(parent.id, "")).ok());
}

TEST_F(LeftoversTest, ANoteThatCannotBeReadHoldsUpNothing) {
  const std::string key = LeftoverKeysOf(ExecutionId("parent")) + "0/0/1/1";
  scheduler_->WriteDocument({.collection = kLeftovers, .key = key, .record = "\xFF no message"},
                            [](const absl::Status& status) { EXPECT_TRUE(status.ok()); });
  executor_->RunUntilIdle();
  Restart();
  EXPECT_TRUE(observer_.unreadable.contains("leftover " + key));
  EXPECT_TRUE(Submit(Inline(kPass)).ok());
}

// The name is taken: the start fails, and who has the name goes on.
TEST_F(LeftoversTest, AnExecutionOfTheSameNameIsSomebodyElses) {
  const std::string definition = Sync(R"("Name":"n",)");
  const Parent first = Start(Inline(definition));
  const Parent second = Start(Inline(definition));
  Advance(absl::Seconds(1));
  EXPECT_EQ(Get(second.id).execution.error->name, "StepFunctions.ExecutionAlreadyExistsException");
  EXPECT_TRUE(IsOpen(first.children.at(0)));
  EXPECT_EQ(Notes(), 0u);
}

// An EXPRESS execution stays in memory while its shard resets.
class ExpressLeftoversTest : public LeftoversTest {
 protected:
  SubmitRequest Express(std::string definition) {
    SubmitRequest request = Inline(std::move(definition));
    request.type = engine::ExecutionType::kExpress;
    return request;
  }
  // The shard resets, and cannot recover until the store has room.
  void FillStore() {
    store_.full = true;
    Begin(scheduler_->Submit(Inline(kWait)));
    executor_->RunUntilIdle();
  }
  void MakeRoom() {
    store_.full = false;
    Advance(absl::Seconds(30));
  }
};

TEST_F(ExpressLeftoversTest, AnOutcomeThatComesDuringAResetIsTaken) {
  StateMachineSettings express;
  express.type = language::WorkflowType::kExpress;
  ASSERT_TRUE(executor_
                  ->Wait(scheduler_->catalog().Put({.name = "child",
                                                    .definition = kTask,
                                                    .mode = PutWorkflow::Mode::kCreateOrUpdate,
                                                    .settings = express}))
                  .ok());
  const Parent parent = Start(Express(Sync()));
  FillStore();
  runner_->Succeed(0, Json("made"));
  executor_->RunUntilIdle();
  EXPECT_EQ(StatusOf(parent.id), ExecutionStatus::kSucceeded);
  MakeRoom();
  EXPECT_EQ(StatusOf(parent.id), ExecutionStatus::kSucceeded);
}

TEST_F(ExpressLeftoversTest, WhatWasGivenUpDuringAResetIsEndedAfterIt) {
  for (const std::string& branch : {Sync(), MapRunOf("STANDARD"), MapRunOf("EXPRESS")}) {
    SCOPED_TRACE(branch);
    const Parent parent = Start(Express(BesideAFailure(branch)));
    ASSERT_FALSE(parent.children.empty());
    FillStore();
    GiveUp(parent);
    EXPECT_EQ(StatusOf(parent.id), ExecutionStatus::kFailed);
    MakeRoom();
    ExpectSettled(parent);
  }
}

// A child is found closed after a reset: an abort, while the run's end is being written, has
// nothing to cancel any more. The run's coroutines go with it.
TEST_F(ExpressLeftoversTest, AnAbortWhileAMapRunEndsCancelsNothing) {
  const Parent parent = Start(Express(MapRunOf("STANDARD")));
  FillStore();
  store_.full = false;
  Advance(absl::Milliseconds(150));  // it recovers, and the run has not asked for its children yet
  ASSERT_EQ(runner_->started.size(), 4u);
  for (size_t index : {2, 3}) runner_->Succeed(index, Json(1));
  executor_->RunUntilIdle();
  store_.held = true;
  Advance(absl::Milliseconds(100));
  store_.loads_held = true;
  GiveUp(parent);
  store_.Release();
  executor_->RunUntilIdle();
  store_.ReleaseLoads();
  Advance(absl::Seconds(1));
  EXPECT_EQ(StatusOf(parent.id), ExecutionStatus::kCancelled);
}

// Parent and child on shards of their own.
class TwoShardsTest : public TwoShards {
 protected:
  TwoShardsTest() {
    EXPECT_TRUE(
        Call(scheduler_->catalog().Put(
                 {.name = "child", .definition = kTask, .mode = PutWorkflow::Mode::kCreate}))
            .ok());
  }

  // A parent on the first shard whose child lies on the second.
  void Submit() {
    for (int i = 0; ShardOf(child_.value(), 2) != 1; ++i) {
      name_ = absl::StrCat("n", i);
      child_ = IdOfNamed({"child", name_});
    }
    SubmitRequest request;
    request.inline_definition = Sync(absl::StrCat(R"("Name":")", name_, "\","));
    const auto submitted = Call(scheduler_->Submit(std::move(request)));
    ASSERT_TRUE(submitted.ok()) << submitted.status();
    parent_ = submitted->view.execution.id;
    ASSERT_EQ(ShardOf(parent_.value(), 2), 0);
  }
  // What the next commit of the child's shard meets with.
  void Meet(FailingStore::Failure failure) {
    store_.fails = &loops_->loop(1);
    store_.fail_after = 0;
    store_.next = failure;
  }
  void ExpectBothCancelled() {
    loops_->RunFor(absl::Seconds(5));
    EXPECT_EQ(StatusOf(parent_), ExecutionStatus::kCancelled);
    EXPECT_EQ(StatusOf(child_), ExecutionStatus::kCancelled);
    const auto notes = Call(store_.ReadDocuments(
        {.collection = kLeftovers, .prefix = "", .after = ""}, loops_->loop(0)));
    EXPECT_TRUE(notes->empty());
  }

  ExecutionId parent_;
  ExecutionId child_;
  std::string name_;
};

// It is not known whether the child was started when its parent is cancelled.
TEST_F(TwoShardsTest, AChildWhoseStartIsUnclear) {
  Meet(FailingStore::Failure::kAfter);
  Submit();
  EXPECT_EQ(store_.next, FailingStore::Failure::kNone);
  EXPECT_TRUE(Call(scheduler_->Cancel(parent_, engine::Cancelled())).ok());
  ExpectBothCancelled();
}

TEST_F(TwoShardsTest, AChildWhoseStartIsUnclearInACrash) {
  Meet(FailingStore::Failure::kAfter);
  Submit();
  EXPECT_TRUE(Call(scheduler_->Cancel(parent_, engine::Cancelled())).ok());
  Restart();
  ExpectBothCancelled();
}

// The start is under way when its parent is cancelled, and comes after that.
TEST_F(TwoShardsTest, AChildWhoseStartIsUnderWay) {
  Meet(FailingStore::Failure::kHeld);
  Submit();
  EXPECT_TRUE(store_.held);
  EXPECT_TRUE(Call(scheduler_->Cancel(parent_, engine::Cancelled())).ok());
  store_.Release();
  ExpectBothCancelled();
}

// Nothing is there yet when it is looked for.
TEST_F(TwoShardsTest, AChildWhoseStartIsYetToCome) {
  store_.loads_held = true;
  Submit();
  EXPECT_TRUE(Call(scheduler_->Cancel(parent_, engine::Cancelled())).ok());
  loops_->loop(1).Post([this] { store_.ReleaseLoads(); });
  ExpectBothCancelled();
}

// The child's shard resets when it is told.
TEST_F(TwoShardsTest, AChildWhoseCancelFails) {
  Submit();
  Meet(FailingStore::Failure::kBefore);
  EXPECT_TRUE(Call(scheduler_->Cancel(parent_, engine::Cancelled())).ok());
  EXPECT_EQ(store_.next, FailingStore::Failure::kNone);
  ExpectBothCancelled();
}

// Whether it is there cannot be seen while its shard's index is damaged: it is asked for less and
// less often, and ended once that can be read again.
TEST_F(TwoShardsTest, AChildWhoseShardIsDamaged) {
  Submit();
  store_.damaged_index = SlotsOf({.index = 1, .count = 2});
  // Its shard resets, and cannot take up again what it had.
  Meet(FailingStore::Failure::kBefore);
  SubmitRequest another;
  another.inline_definition = kPass;
  EXPECT_FALSE(Call(scheduler_->Submit(std::move(another)), 1).ok());
  EXPECT_TRUE(Call(scheduler_->Cancel(parent_, engine::Cancelled())).ok());
  const absl::Time later = loops_->Now() + absl::Minutes(10);
  int turns = 0;
  while (loops_->Now() < later) {
    ASSERT_TRUE(loops_->Step());
    ++turns;
  }
  EXPECT_LE(turns, 1000);
  store_.damaged_index.reset();
  loops_->RunFor(absl::Minutes(1));
  ExpectBothCancelled();
}

}  // namespace
}  // namespace segue::scheduler
