#include "server/scheduler/map_run/map_run_driver.h"

#include <map>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "tests/unit/scheduler/fixture.h"

namespace segue::scheduler {
namespace {

using engine::ExecutionStatus;

// A distributed Map whose children each do one task.
std::string Distributed(const std::string& fields) {
  return R"({"StartAt":"M","States":{"M":{"Type":"Map","Label":"L","End":true)" + fields +
         R"(,"ItemProcessor":{"ProcessorConfig":{"Mode":"DISTRIBUTED","ExecutionType":"STANDARD"},)" +
         std::string(kTask).substr(1) + "}}}";
}

// Keeps what is written.
class Bucket final : public services::ObjectStore {
 public:
  std::map<std::string, std::string> objects;

  async::Task<absl::StatusOr<std::string>> Get(services::ObjectName name, async::Executor&,
                                               async::CancelToken) override {
    co_return objects[name.key];
  }
  async::Task<absl::StatusOr<services::ObjectPage>> List(ListRequest, async::Executor&,
                                                         async::CancelToken) override {
    co_return services::ObjectPage();
  }
  async::Task<absl::Status> Put(services::ObjectName name, std::string body, async::Executor&,
                                async::CancelToken) override {
    objects[name.key] = std::move(body);
    co_return absl::OkStatus();
  }
};

// One object, whatever is asked for.
class OneObject final : public services::ObjectStore {
 public:
  std::string body;

  async::Task<absl::StatusOr<std::string>> Get(services::ObjectName, async::Executor&,
                                               async::CancelToken) override {
    co_return body;
  }
  async::Task<absl::StatusOr<services::ObjectPage>> List(ListRequest, async::Executor&,
                                                         async::CancelToken) override {
    co_return services::ObjectPage();
  }
  async::Task<absl::Status> Put(services::ObjectName, std::string, async::Executor&,
                                async::CancelToken) override {
    co_return absl::OkStatus();
  }
};

class MapRunDriverTest : public SchedulerTest {
 protected:
  void TearDown() override { Stop(); }

  // An execution whose Map Run is at work.
  ExecutionId Start(const std::string& fields, std::string items) {
    SubmitRequest request = Inline(Distributed(fields));
    request.input = std::move(items);
    const auto submitted = Submit(std::move(request));
    EXPECT_TRUE(submitted.ok()) << submitted.status();
    executor_->RunUntilIdle();
    return submitted->view.execution.id;
  }
  MapRun RunOf(const ExecutionId& id) {
    const auto runs = executor_->Wait(scheduler_->ListMapRuns(id));
    EXPECT_TRUE(runs.ok()) << runs.status();
    return runs->at(0);
  }
};

TEST_F(MapRunDriverTest, AStopDoesNotWaitForARunThatIsBeingAborted) {
  const ExecutionId id = Start("", "[1,2]");
  Begin(scheduler_->Cancel(id, engine::Cancelled()));
  RunToNextCommitAndHold();
  bool stopped = false;
  scheduler_->Stop(executor_->Now() + absl::Seconds(10), [&stopped] { stopped = true; });
  executor_->RunUntilIdle();
  store_.Release();
  Advance(absl::Seconds(20));
  EXPECT_TRUE(stopped);
}

// What is stored would take its place.
TEST_F(MapRunDriverTest, AnUpdateIsTakenOnceWhatIsStoredWasRead) {
  const ExecutionId id = Start(R"(,"MaxConcurrency":2)", "[1,2,3]");
  const MapRun before = RunOf(id);
  Stop();
  store_.reads_to_fail = 1;
  Restart();
  const absl::Status early =
      executor_->Wait(scheduler_->UpdateMapRun(before.uuid, {.max_concurrency = 1})).status();
  EXPECT_TRUE(absl::IsUnavailable(early)) << early;
  EXPECT_EQ(RunOf(id).start_time, before.start_time);
  Advance(absl::Seconds(1));
  EXPECT_EQ(RunOf(id).max_concurrency, 2);
  EXPECT_TRUE(executor_->Wait(scheduler_->UpdateMapRun(before.uuid, {.max_concurrency = 1})).ok());
  EXPECT_EQ(RunOf(id).max_concurrency, 1);
}

TEST_F(MapRunDriverTest, ARunThatFailsFailsWhateverIsTolerated) {
  const ExecutionId id = Start(R"(,"MaxConcurrency":2)", "[1,2,3]");
  ASSERT_EQ(runner_->started.size(), 2u);
  const std::string uuid = RunOf(id).uuid;
  runner_->End(0, WorkflowError{"Sad", ""});
  RunToNextCommitAndHold();
  Begin(scheduler_->UpdateMapRun(uuid, {.tolerated_failure_count = 3}));
  executor_->RunUntilIdle();
  store_.Release();
  executor_->RunUntilIdle();
  EXPECT_EQ(RunOf(id).tolerance.count, 3);
  EXPECT_EQ(RunOf(id).status, MapRunStatus::kFailed);
  EXPECT_EQ(Get(id).execution.error->name, "States.ExceedToleratedFailureThreshold");
}

TEST_F(MapRunDriverTest, ARunThatFailsEndsChildrenThatADriverBeforeHasStarted) {
  const ExecutionId id = Start("", "[1,2,3]");
  const std::string uuid = RunOf(id).uuid;
  ASSERT_TRUE(executor_->Wait(scheduler_->UpdateMapRun(uuid, {.max_concurrency = 1})).ok());
  StopAndRestart();
  executor_->RunUntilIdle();
  ASSERT_EQ(runner_->started.size(), 3u);
  for (size_t i = 0; i < 3; ++i) {
    const bool is_first = runner_->started[i].request.execution_id.ends_with("-0");
    if (is_first) runner_->End(i, WorkflowError{"Sad", ""});
  }
  executor_->RunUntilIdle();
  EXPECT_EQ(StatusOf(id), ExecutionStatus::kFailed);
  for (const auto& started : runner_->started) {
    const ExecutionId child(started.request.execution_id);
    EXPECT_NE(StatusOf(child), ExecutionStatus::kRunning) << child.value();
  }
  for (const MapRunCounts& counts : {RunOf(id).items, RunOf(id).executions}) {
    EXPECT_EQ(counts.failed, 1);
    EXPECT_EQ(counts.aborted, 2);
    EXPECT_EQ(counts.total(), 3);
  }
}

TEST_F(MapRunDriverTest, ARunThatIsAbortedCountsChildrenThatADriverBeforeHasStarted) {
  const ExecutionId id = Start("", "[1,2,3,4,5]");
  const std::string uuid = RunOf(id).uuid;
  runner_->Succeed(4, Json("early"));
  executor_->RunUntilIdle();
  ASSERT_TRUE(executor_->Wait(scheduler_->UpdateMapRun(uuid, {.max_concurrency = 1})).ok());
  StopAndRestart();
  executor_->RunUntilIdle();
  ASSERT_TRUE(executor_->Wait(scheduler_->Cancel(id, engine::Cancelled())).ok());
  executor_->RunUntilIdle();
  EXPECT_EQ(RunOf(id).status, MapRunStatus::kAborted);
  for (const MapRunCounts& counts : {RunOf(id).items, RunOf(id).executions}) {
    EXPECT_EQ(counts.succeeded, 1);
    EXPECT_EQ(counts.aborted, 4);
    EXPECT_EQ(counts.total(), 5);
  }
}

constexpr char kReader[] =
    R"(,"MaxConcurrency":1,"ItemReader":{"Resource":"arn:aws:states:::s3:getObject",
        "ReaderConfig":{"InputType":"JSON"},"Parameters":{"Bucket":"b","Key":"k"}})";

TEST_F(MapRunDriverTest, ItemsThatAreReadAgainMustBeTheSame) {
  const struct {
    std::string later;
    ExecutionStatus status;
  } rows[] = {{"[1, 2]", ExecutionStatus::kRunning},
              {"[2, 1]", ExecutionStatus::kFailed},
              {"[1, 2, 3]", ExecutionStatus::kFailed}};
  OneObject object;
  objects_ = &object;
  Restart();
  for (const auto& row : rows) {
    SCOPED_TRACE(row.later);
    object.body = "[1,2]";
    const ExecutionId id = Start(kReader, "null");
    const ExecutionId child(runner_->started.back().request.execution_id);
    object.body = row.later;
    StopAndRestart();
    executor_->RunUntilIdle();
    EXPECT_EQ(StatusOf(id), row.status);
    if (row.status != ExecutionStatus::kFailed) continue;
    EXPECT_EQ(Get(id).execution.error->name, "States.ItemReaderFailed");
    EXPECT_EQ(RunOf(id).status, MapRunStatus::kFailed);
    EXPECT_EQ(StatusOf(child), ExecutionStatus::kCancelled) << "nobody waits for it";
    EXPECT_EQ(RunOf(id).executions.aborted, 1);
  }
}

TEST_F(MapRunDriverTest, SettingsThatCannotBeReadAtOnceAreNotForgotten) {
  const ExecutionId id = Start(R"(,"MaxConcurrency":1)", "[1,2,3]");
  const std::string uuid = RunOf(id).uuid;
  ASSERT_TRUE(executor_->Wait(scheduler_->UpdateMapRun(uuid, {.max_concurrency = 3})).ok());
  store_.reads_to_fail = 1;
  StopAndRestart();
  Advance(absl::Seconds(1));
  EXPECT_EQ(store_.reads_to_fail, 0);
  EXPECT_EQ(RunOf(id).max_concurrency, 3);
}

TEST_F(MapRunDriverTest, AChildThatCannotBeReadFailsTheRun) {
  const ExecutionId id = Start("", "[1]");
  store_.corrupt = ExecutionId(runner_->started.at(0).request.execution_id);
  StopAndRestart();
  Advance(absl::Seconds(1));
  EXPECT_EQ(Get(id).execution.error->name, "States.TaskFailed");
  EXPECT_EQ(RunOf(id).status, MapRunStatus::kFailed);
}

// It is aborted when its shard has just forgotten it, and can ask for the child no more.
TEST_F(MapRunDriverTest, AnAbortedRunCountsAChildThatItGivesUpAsItsItems) {
  const ExecutionId id = Start("", "[1]");
  store_.corrupt = ExecutionId(runner_->started.at(0).request.execution_id);
  store_.next = FailingStore::Failure::kAfter;
  Begin(scheduler_->Cancel(id, engine::Cancelled()));
  Advance(absl::Seconds(1));
  EXPECT_EQ(RunOf(id).status, MapRunStatus::kAborted);
  EXPECT_EQ(RunOf(id).items.aborted, 1);
  EXPECT_EQ(RunOf(id).executions.aborted, 1);
}

TEST_F(MapRunDriverTest, ExpressChildrenHaveFiveMinutes) {
  Advance(absl::Nanoseconds(1));  // times of executions have microseconds
  SubmitRequest request = Inline(absl::StrReplaceAll(Distributed(""), {{"STANDARD", "EXPRESS"}}));
  request.input = "[1]";
  const auto submitted = Submit(std::move(request));
  ASSERT_TRUE(submitted.ok()) << submitted.status();
  const ExecutionId id = submitted->view.execution.id;
  Advance(absl::Seconds(299));
  EXPECT_EQ(StatusOf(id), ExecutionStatus::kRunning);
  Advance(absl::Seconds(2));
  EXPECT_EQ(RunOf(id).items.timed_out, 1);
}

// "The count of child workflow executions in the Pending redrive state": Developer Guide,
// "Redriving Map Runs", and API reference, MapRunExecutionCounts.
class RedrivenRunTest : public MapRunDriverTest {
 protected:
  // A run of five items that fails with its second failure, when three children have begun; from
  // then on one is at work at a time.
  ExecutionId FailRun(const std::string& fields, Outcome<Json> third) {
    const ExecutionId id =
        Start(R"(,"MaxConcurrency":3,"ToleratedFailureCount":1)" + fields, "[1,2,3,4,5]");
    EXPECT_EQ(runner_->started.size(), 3u);
    EXPECT_TRUE(
        executor_->Wait(scheduler_->UpdateMapRun(RunOf(id).uuid, {.max_concurrency = 1})).ok());
    if (third.ok()) Answer(2, third);
    Answer(0, kSad);
    Answer(1, kSad);
    EXPECT_EQ(RunOf(id).status, MapRunStatus::kFailed);
    return id;
  }
  void Answer(size_t index, Outcome<Json> result) {
    runner_->End(index, std::move(result));
    executor_->RunUntilIdle();
  }
  void Redrive(const ExecutionId& id) {
    const auto redriven = executor_->Wait(scheduler_->Redrive(id, ""));
    ASSERT_TRUE(redriven.ok()) << redriven.status();
    executor_->RunUntilIdle();
  }
  // "pending running succeeded failed aborted pending_redrive", of items and of executions.
  std::string CountsOf(const ExecutionId& id) {
    const MapRun run = RunOf(id);
    std::string text;
    for (const MapRunCounts& counts : {run.items, run.executions}) {
      absl::StrAppend(&text, text.empty() ? "" : " | ", counts.pending, " ", counts.running, " ",
                      counts.succeeded, " ", counts.failed, " ", counts.aborted, " ",
                      counts.pending_redrive);
    }
    return text;
  }

  const WorkflowError kSad{"Sad", ""};
};

TEST_F(RedrivenRunTest, ChildrenWithoutSuccessWaitForTheRedriveToComeToThem) {
  const ExecutionId id = FailRun("", kSad);
  EXPECT_EQ(CountsOf(id), "2 0 0 2 1 0 | 0 0 0 2 1 0");
  Redrive(id);
  EXPECT_EQ(CountsOf(id), "2 1 0 0 0 2 | 0 1 0 0 0 2");
  StopAndRestart();
  executor_->RunUntilIdle();
  EXPECT_EQ(CountsOf(id), "2 1 0 0 0 2 | 0 1 0 0 0 2");
  Answer(0, Json("one"));
  EXPECT_EQ(CountsOf(id), "2 1 1 0 0 1 | 0 1 1 0 0 1");
  for (size_t index = 1; index < 5; ++index) Answer(index, Json("more"));
  EXPECT_EQ(CountsOf(id), "0 0 5 0 0 0 | 0 0 5 0 0 0");
  EXPECT_EQ(StatusOf(id), ExecutionStatus::kSucceeded);
}

// "When a Map Run has completed its execution or is aborted, the count [...] is reset to 0."
TEST_F(RedrivenRunTest, OneThatFailsAgainLeavesTheOthersAsTheyWere) {
  const ExecutionId id = FailRun("", kSad);
  Redrive(id);
  const size_t again = runner_->started.size() - 1;
  Answer(again, kSad);
  Answer(again + 1, kSad);
  EXPECT_EQ(RunOf(id).status, MapRunStatus::kFailed);
  EXPECT_EQ(CountsOf(id), "2 0 0 2 1 0 | 0 0 0 2 1 0");
  Redrive(id);
  ASSERT_TRUE(executor_->Wait(scheduler_->Cancel(id, engine::Cancelled())).ok());
  executor_->RunUntilIdle();
  EXPECT_EQ(RunOf(id).status, MapRunStatus::kAborted);
  EXPECT_EQ(CountsOf(id), "2 0 0 1 2 0 | 0 0 0 1 2 0");
}

TEST_F(RedrivenRunTest, WhatAnEarlierAttemptBroughtIsStillInTheResults) {
  Bucket bucket;
  objects_ = &bucket;
  Restart();
  const ExecutionId id = FailRun(
      R"(,"ResultWriter":{"Resource":"arn:aws:states:::s3:putObject",
          "Parameters":{"Bucket":"b","Prefix":"p"},
          "WriterConfig":{"Transformation":"COMPACT","OutputType":"JSON"}})",
      Json("three"));
  const std::string folder = "p/" + RunOf(id).uuid;
  EXPECT_EQ(bucket.objects[folder + "/SUCCEEDED_0.json"], R"(["three"])");
  bucket.objects.clear();
  Redrive(id);
  const size_t again = runner_->started.size() - 1;
  Answer(again, kSad);
  Answer(again + 1, kSad);
  EXPECT_EQ(RunOf(id).status, MapRunStatus::kFailed) << "before it came to the third";
  EXPECT_EQ(bucket.objects[folder + "/SUCCEEDED_0.json"], R"(["three"])");
  EXPECT_NE(bucket.objects[folder + "/manifest.json"].find("/SUCCEEDED_0.json"), std::string::npos);
  EXPECT_EQ(RunOf(id).executions.results_written, 1);
  objects_ = nullptr;
}

// API reference, MapRunExecutionCounts, failuresNotRedrivable.
TEST_F(RedrivenRunTest, CountsWhatCannotBeRedriven) {
  options_.limits.history_events_max = 7;  // as many as one that succeeds has
  Restart();
  const ExecutionId id = Start(R"(,"ToleratedFailureCount":3)", "[1,2]");
  Answer(0, Json("one"));
  Answer(1, kSad);
  const MapRun run = RunOf(id);
  EXPECT_EQ(run.executions.failed, 1);
  EXPECT_EQ(run.executions.failures_not_redrivable, 1);
  EXPECT_EQ(run.items.failures_not_redrivable, 1);
}

}  // namespace
}  // namespace segue::scheduler
