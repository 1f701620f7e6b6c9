#include "server/scheduler/redrive.h"

#include <string>

#include "absl/strings/str_format.h"
#include "server/base/error.h"
#include "tests/unit/scheduler/fixture.h"

namespace segue::scheduler {
namespace {

using engine::ExecutionStatus;
using engine::ExecutionType;

struct FaultRow {
  const char* name;
  ExecutionStatus status = ExecutionStatus::kFailed;
  ExecutionType type = ExecutionType::kStandard;
  Kept kept = Kept::kYes;
  int64_t events = 10;
  int64_t events_max = 0;
  absl::Duration since_end = absl::Hours(1);
  const char* fault = "";
};

const FaultRow kFaults[] = {
    {.name = "failed"},
    {.name = "timed out", .status = ExecutionStatus::kTimedOut},
    {.name = "cancelled", .status = ExecutionStatus::kCancelled},
    {.name = "succeeded",
     .status = ExecutionStatus::kSucceeded,
     .fault = "Execution is SUCCEEDED and cannot be redriven"},
    {.name = "running",
     .status = ExecutionStatus::kRunning,
     .fault = "Execution is RUNNING and cannot be redriven"},
    {.name = "express",
     .type = ExecutionType::kExpress,
     .fault = "Execution is EXPRESS and cannot be redriven"},
    {.name = "of a time before redrives",
     .kept = Kept::kNo,
     .fault = "Execution was started before the launch of RedriveExecution"},
    {.name = "no limit of events", .events = 1'000'000},
    {.name = "room for two more events", .events = 24'998, .events_max = 25'000},
    {.name = "room for one more event",
     .events = 24'999,
     .events_max = 25'000,
     .fault = "Execution history event limit exceeded"},
    {.name = "just in time", .since_end = absl::Hours(14 * 24) - absl::Seconds(1)},
    {.name = "too late",
     .since_end = absl::Hours(14 * 24),
     .fault = "Execution redrivable period exceeded"},
};

TEST(RedriveFaultTest, SaysWhy) {
  const absl::Time now = absl::FromUnixSeconds(1'700'000'000);
  for (const FaultRow& row : kFaults) {
    SCOPED_TRACE(row.name);
    engine::Execution execution;
    execution.type = row.type;
    execution.status = row.status;
    execution.last_event = row.events;
    if (IsClosed(row.status)) execution.end_time = now - row.since_end;
    const RedriveTerms terms{.period = absl::Hours(14 * 24), .history_events = row.events_max};
    EXPECT_EQ(RedriveFault(execution, row.kept, terms, now), row.fault);
  }
}

class RedriveTest : public SchedulerTest {
 protected:
  absl::StatusOr<RedriveResult> Redrive(const ExecutionId& id, std::string token = "") {
    return executor_->Wait(scheduler_->Redrive(id, std::move(token)));
  }
  // Ends attempt `index`.
  void Answer(size_t index, Outcome<Json> result) {
    executor_->Post([this, index, result = std::move(result)]() mutable {
      runner_->started[index].done(
          {.outcome = std::move(result), .started = absl::FromUnixSeconds(0)});
    });
    executor_->RunUntilIdle();
  }
  void Fail(size_t index) { Answer(index, WorkflowError{"Boom", "bang"}); }
  // One whose only task has failed.
  ExecutionId Failed() {
    const auto submitted = Submit(Inline(kTask));
    EXPECT_TRUE(submitted.ok()) << submitted.status();
    const ExecutionId id = submitted->view.execution.id;
    Fail(runner_->started.size() - 1);
    EXPECT_EQ(StatusOf(id), ExecutionStatus::kFailed);
    return id;
  }
  std::string Types(const ExecutionId& id) {
    auto events = executor_->Wait(scheduler_->History({.id = id}));
    EXPECT_TRUE(events.ok()) << events.status();
    std::string types;
    for (const engine::HistoryEvent& event : *events) {
      types += types.empty() ? "" : " ";
      types += HistoryEventTypeName(event.type);
    }
    return types;
  }
  std::string Refusal(const ExecutionId& id) {
    const auto refused = Redrive(id);
    const auto detail = segue::DetailOf(refused.status());
    EXPECT_EQ(detail ? detail->reason : "", "EXECUTION_NOT_REDRIVABLE") << refused.status();
    return std::string(refused.status().message());
  }
};

constexpr char kHistory[] =
    "ExecutionStarted TaskStateEntered TaskScheduled TaskStarted TaskFailed ExecutionFailed "
    "ExecutionRedriven TaskScheduled TaskStarted TaskSucceeded TaskStateExited ExecutionSucceeded";

TEST_F(RedriveTest, GoesOnWithTheHistoryAfterTheOldEnd) {
  const ExecutionId id = Failed();
  EXPECT_EQ(observer_.open, 0);
  Advance(absl::Minutes(1));
  const auto redriven = Redrive(id);
  ASSERT_TRUE(redriven.ok()) << redriven.status();
  EXPECT_EQ(redriven->time, now_);
  EXPECT_FALSE(redriven->duplicate);
  EXPECT_EQ(redriven->view.execution.status, ExecutionStatus::kRunning);
  EXPECT_EQ(redriven->view.execution.redrive_count, 1);
  executor_->RunUntilIdle();
  EXPECT_EQ(observer_.open, 1);
  ASSERT_EQ(runner_->started.size(), 2u);
  EXPECT_EQ(runner_->started[1].request.attempt, 2);
  EXPECT_EQ(runner_->started[1].request.idempotency_key,
            runner_->started[0].request.idempotency_key);
  EXPECT_EQ(Refusal(id), "Execution is RUNNING and cannot be redriven");
  Answer(1, Json("done"));
  EXPECT_EQ(observer_.open, 0);
  const ExecutionView view = Get(id);
  EXPECT_EQ(view.execution.output, Json("done"));
  EXPECT_EQ(view.execution.redrive_time, redriven->time);
  EXPECT_EQ(Types(id), kHistory);
  EXPECT_EQ(Refusal(id), "Execution is SUCCEEDED and cannot be redriven");
}

TEST_F(RedriveTest, AfterARestartBetweenFailureAndRedriveAndAfterTheRedrive) {
  const ExecutionId id = Failed();
  Restart();
  EXPECT_EQ(Get(id).redrive_fault, "");
  ASSERT_TRUE(Redrive(id).ok());
  Restart();
  EXPECT_EQ(observer_.open, 1);
  ASSERT_EQ(runner_->started.size(), 1u);
  EXPECT_EQ(runner_->started[0].request.attempt, 2);
  Answer(0, Json("done"));
  EXPECT_EQ(StatusOf(id), ExecutionStatus::kSucceeded);
  EXPECT_EQ(Types(id), kHistory);
}

TEST_F(RedriveTest, ATokenIsGoodForOneRedriveAlsoAfterARestart) {
  const ExecutionId id = Failed();
  const auto first = Redrive(id, "t1");
  ASSERT_TRUE(first.ok()) << first.status();
  executor_->RunUntilIdle();
  const auto running = Redrive(id, "t1");
  ASSERT_TRUE(running.ok()) << running.status();
  EXPECT_TRUE(running->duplicate);
  Fail(1);
  Advance(absl::Minutes(14));
  Restart();
  const auto closed = Redrive(id, "t1");
  ASSERT_TRUE(closed.ok()) << closed.status();
  EXPECT_TRUE(closed->duplicate);
  EXPECT_EQ(closed->time, first->time);
  EXPECT_EQ(StatusOf(id), ExecutionStatus::kFailed);
  Advance(absl::Minutes(1));
  const auto later = Redrive(id, "t1");
  ASSERT_TRUE(later.ok()) << later.status();
  EXPECT_FALSE(later->duplicate);
  EXPECT_EQ(later->view.execution.redrive_count, 2);
}

TEST_F(RedriveTest, ACommitThatFailsLeavesItToTheRepeat) {
  const ExecutionId id = Failed();
  for (const auto failure : {FailingStore::Failure::kBefore, FailingStore::Failure::kAfter}) {
    store_.next = failure;
    EXPECT_TRUE(absl::IsUnavailable(Redrive(id, "t").status()));
    executor_->RunUntilIdle();
    const bool landed = failure == FailingStore::Failure::kAfter;
    EXPECT_EQ(observer_.open, landed ? 1 : 0);
    EXPECT_EQ(runner_->started.size(), landed ? 2u : 1u);
  }
  const auto repeated = Redrive(id, "t");
  ASSERT_TRUE(repeated.ok()) << repeated.status();
  EXPECT_TRUE(repeated->duplicate);
  EXPECT_EQ(repeated->view.execution.redrive_count, 1);
}

async::Task<void> RedriveInto(Scheduler& scheduler, ExecutionId id, absl::Status* status) {
  absl::StatusOr<RedriveResult> result = co_await scheduler.Redrive(std::move(id), "");
  *status = result.status();
}

TEST_F(RedriveTest, WhatMayNotLastIsNoReasonToRefuseAnother) {
  const ExecutionId id = Failed();
  store_.next = FailingStore::Failure::kBefore;
  absl::Status first;
  absl::Status second;
  async::TaskGroup calls;
  executor_->Post([&] {
    calls.Spawn(RedriveInto(*scheduler_, id, &first));
    calls.Spawn(RedriveInto(*scheduler_, id, &second));
  });
  executor_->RunUntilIdle();
  EXPECT_TRUE(absl::IsUnavailable(first)) << first;
  EXPECT_TRUE(absl::IsUnavailable(second)) << second;
  EXPECT_TRUE(Redrive(id).ok());
}

TEST_F(RedriveTest, RetentionCountsFromTheNewEnd) {
  options_.retention = absl::Hours(10);
  Restart();
  const ExecutionId id = Failed();
  Advance(absl::Hours(9));
  ASSERT_TRUE(Redrive(id).ok());
  Advance(absl::Hours(2));
  EXPECT_EQ(StatusOf(id), ExecutionStatus::kRunning);
  Fail(1);
  Advance(absl::Hours(9));
  EXPECT_EQ(StatusOf(id), ExecutionStatus::kFailed);
  Advance(absl::Hours(1) + absl::Minutes(2));
  EXPECT_TRUE(absl::IsNotFound(Redrive(id).status()));
}

TEST_F(RedriveTest, ListsKnowIt) {
  const ExecutionId redriven = Failed();
  const ExecutionId other = Failed();
  ASSERT_TRUE(Redrive(redriven).ok());
  for (const auto& [redrives, expected] :
       {std::pair(Redrives::kSome, redriven), std::pair(Redrives::kNone, other)}) {
    const ListFilter filter{.redrives = redrives};
    const auto page = executor_->Wait(scheduler_->List(filter, std::nullopt, 10));
    ASSERT_TRUE(page.ok());
    ASSERT_EQ(page->executions.size(), 1u);
    EXPECT_EQ(page->executions[0].execution.id, expected);
  }
  const ListFilter running{.statuses = {ExecutionStatus::kRunning}};
  const auto page = executor_->Wait(scheduler_->List(running, std::nullopt, 10));
  ASSERT_TRUE(page.ok());
  EXPECT_EQ(page->executions.size(), 1u);
}

TEST_F(RedriveTest, ASleeperThatWasCancelledSleepsAgain) {
  const auto submitted = Submit(Inline(kWait));
  ASSERT_TRUE(submitted.ok());
  const ExecutionId id = submitted->view.execution.id;
  ASSERT_TRUE(executor_->Wait(scheduler_->Cancel(id, engine::Cancelled())).ok());
  ASSERT_TRUE(Redrive(id).ok());
  Advance(absl::Seconds(599));
  EXPECT_EQ(StatusOf(id), ExecutionStatus::kRunning);
  Advance(absl::Seconds(2));
  EXPECT_EQ(StatusOf(id), ExecutionStatus::kSucceeded);
}

TEST_F(RedriveTest, AnExpressOneCannot) {
  SubmitRequest request = Inline(kTask);
  request.type = ExecutionType::kExpress;
  const auto submitted = Submit(std::move(request));
  ASSERT_TRUE(submitted.ok());
  executor_->RunUntilIdle();
  Fail(0);
  EXPECT_EQ(Refusal(submitted->view.execution.id), "Execution is EXPRESS and cannot be redriven");
}

constexpr char kMapRun[] = R"({"StartAt": "M", "States": {"M": {"Type": "Map", "Label": "L",
  "MaxConcurrency": 1, "End": true, "ItemProcessor": {
    "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "%s"},
    "StartAt": "A", "States": {
      "A": {"Type": "Pass", "Next": "T"},
      "T": {"Type": "Task", "Resource": "grpc:shop/s.S/M", "End": true}}}}}})";

class RedriveMapRunTest : public RedriveTest, public ::testing::WithParamInterface<const char*> {};

TEST_P(RedriveMapRunTest, RunsTheChildrenThatHadNoSuccess) {
  const bool is_standard = std::string(GetParam()) == "STANDARD";
  SubmitRequest request = Inline(absl::StrFormat(kMapRun, GetParam()));
  request.input = "[1, 2, 3]";
  const auto submitted = Submit(std::move(request));
  ASSERT_TRUE(submitted.ok()) << submitted.status();
  const ExecutionId id = submitted->view.execution.id;
  executor_->RunUntilIdle();
  Answer(0, Json("one"));
  Fail(1);
  EXPECT_EQ(StatusOf(id), ExecutionStatus::kFailed);
  ASSERT_TRUE(Redrive(id).ok());
  if (is_standard) StopAndRestart();
  executor_->RunUntilIdle();
  // The first child's result is still there; the second goes on, the third begins.
  const size_t second = is_standard ? 0 : 2;
  ASSERT_EQ(runner_->started.size(), second + 1);
  EXPECT_EQ(runner_->started[second].request.attempt, is_standard ? 2 : 1);
  Answer(second, Json("two"));
  ASSERT_EQ(runner_->started.size(), second + 2);
  Answer(second + 1, Json("three"));
  const ExecutionView view = Get(id);
  EXPECT_EQ(view.execution.output.Dump(), R"(["one","two","three"])")
      << view.execution.error->cause;
  EXPECT_EQ(Types(id),
            "ExecutionStarted MapStateEntered MapStateStarted MapRunStarted MapRunFailed "
            "MapStateFailed ExecutionFailed ExecutionRedriven MapRunRedriven MapRunSucceeded "
            "MapStateSucceeded MapStateExited ExecutionSucceeded");
  const auto runs = executor_->Wait(scheduler_->ListMapRuns(id));
  ASSERT_TRUE(runs.ok());
  ASSERT_EQ(runs->size(), 1u);
  const MapRun& run = runs->front();
  EXPECT_EQ(run.status, MapRunStatus::kSucceeded);
  EXPECT_EQ(run.redrive_count, 1);
  EXPECT_EQ(run.redrive_time, view.execution.redrive_time);
  EXPECT_EQ(run.items.succeeded, 3);
  EXPECT_EQ(run.items.total(), 3);
}
INSTANTIATE_TEST_SUITE_P(Types, RedriveMapRunTest, ::testing::Values("STANDARD", "EXPRESS"),
                         [](const auto& info) { return std::string(info.param); });

}  // namespace
}  // namespace segue::scheduler
