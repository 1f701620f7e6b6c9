#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/support/engine_driver.h"

// Events at odd moments: stale results, cancels, timeouts, retries in time.

namespace segue::engine {
namespace {

using segue::testing::Answer;
using segue::testing::EngineDriver;
using segue::testing::Scripted;
using segue::testing::Workflow;

const WorkflowError kBoom{"Boom", "bang"};

// A bit of everything, with retries, nested branches and waits.
constexpr const char* kRich = R"({"StartAt": "S", "States": {
  "S": {"Type": "Task", "Resource": "grpc:s/t.T/Do", "Next": "M",
        "Retry": [{"ErrorEquals": ["States.ALL"], "JitterStrategy": "FULL"}]},
  "M": {"Type": "Map", "MaxConcurrency": 2, "ItemsPath": "$.items", "Next": "W",
        "Retry": [{"ErrorEquals": ["States.ALL"], "MaxAttempts": 1}],
        "ItemProcessor": {"StartAt": "P", "States": {
          "P": {"Type": "Parallel", "End": true, "Branches": [
            {"StartAt": "A", "States": {"A": {"Type": "Task", "Resource": "grpc:a/t.T/Do",
                                              "End": true}}},
            {"StartAt": "B", "States": {"B": {"Type": "Wait", "Seconds": 3, "Next": "C"},
                                        "C": {"Type": "Pass", "End": true}}}]}}}},
  "W": {"Type": "Wait", "Seconds": 10, "End": true}}})";
constexpr const char* kRichInput = R"({"items": [1, 2, 3]})";

segue::testing::Service RichService() {
  return Scripted({{"S", {kBoom, Json::Of({{"items", Json::List({1, 2, 3})}})}},
                   {"A",
                    {Answer(Json(1)).After(absl::Seconds(5)), Answer(kBoom).After(absl::Seconds(1)),
                     Answer(Json(2)).After(absl::Seconds(2))}}});
}

TEST(EventsTest, TheRichWorkflowEnds) {
  EngineDriver driver(Workflow(kRich), kRichInput, RichService());
  driver.Run();
  EXPECT_EQ(driver.execution().status, ExecutionStatus::kSucceeded);
  EXPECT_EQ(driver.execution().output.Dump(), "[[2,1],[2,2],[2,3]]");
}

TEST(EventsTest, CancelAtEveryStepEndsEverything) {
  for (int steps = 0;; ++steps) {
    EngineDriver driver(Workflow(kRich), kRichInput, RichService());
    if (steps > 0) driver.Apply(Started());
    for (int step = 1; step < steps; ++step) driver.Advance();
    if (IsClosed(driver.execution().status)) break;
    const Transition& transition = driver.Apply(Cancelled{"Stop", "enough"});
    EXPECT_TRUE(std::holds_alternative<Closed>(transition.effects.back()));
    EXPECT_EQ(driver.execution().status, ExecutionStatus::kCancelled);
    EXPECT_EQ(driver.execution().error, (WorkflowError{"Stop", "enough"}));
    EXPECT_EQ(driver.calls_out(), 0u);
    EXPECT_EQ(driver.history().back().type, HistoryEventType::kExecutionAborted);
    EXPECT_EQ(driver.history().back().previous_id, 0);
    // Nothing happens to a closed execution.
    EXPECT_TRUE(driver.Apply(Cancelled{}).empty());
    EXPECT_TRUE(driver.Apply(TimePassed()).empty());
    EXPECT_TRUE(driver.Apply(Resumed()).empty());
    EXPECT_TRUE(driver.Apply(Started()).empty());
  }
}

TEST(EventsTest, DeadlineAtAnyMomentTimesTheExecutionOut) {
  for (int seconds = 1; seconds < 25; ++seconds) {
    EngineDriver::Options options;
    options.timeout = absl::Seconds(seconds);
    EngineDriver driver(Workflow(kRich), kRichInput, RichService(), options);
    driver.Run();
    if (driver.execution().status == ExecutionStatus::kSucceeded) {
      EXPECT_GT(seconds, 10);
      break;
    }
    EXPECT_EQ(driver.execution().status, ExecutionStatus::kTimedOut);
    EXPECT_EQ(driver.execution().error->name, "States.Timeout");
    EXPECT_EQ(driver.elapsed(), absl::Seconds(seconds));
    EXPECT_EQ(driver.history().back().type, HistoryEventType::kExecutionTimedOut);
  }
}

TEST(EventsTest, SameSeedSameHistoryAndRecoveryChangesNothing) {
  std::string types;
  absl::Duration elapsed;
  for (const bool recovers : {false, false, true}) {
    EngineDriver::Options options;
    options.recovers = recovers;
    options.seed = 42;
    EngineDriver driver(Workflow(kRich), kRichInput, RichService(), options);
    driver.Run();
    if (types.empty()) {
      types = driver.HistoryTypes();
      elapsed = driver.elapsed();
    }
    EXPECT_EQ(driver.HistoryTypes(), types);
    EXPECT_EQ(driver.elapsed(), elapsed);
  }
}

constexpr const char* kRetried = R"json({"StartAt": "A", "States": {"A": {
  "Type": "Task", "Resource": "grpc:w/t.T/Do", "TimeoutSeconds": 9, "HeartbeatSecondsPath": "$.beat",
  "Parameters": {"id.$": "States.UUID()", "retry.$": "$$.State.RetryCount"},
  "Retry": [{"ErrorEquals": ["Boom"], "IntervalSeconds": 3, "BackoffRate": 2,
             "MaxDelaySeconds": 10, "MaxAttempts": 3}], "End": true}}})json";

TEST(EventsTest, RetriesComeInTimeWithTheSameKeyAndRandomNumbers) {
  EngineDriver driver(Workflow(kRetried), R"({"beat": 4})",
                      Scripted({{"A", {kBoom, kBoom, kBoom, Json("ok")}}}));
  driver.Run();
  ASSERT_EQ(driver.calls().size(), 4u);
  const int at_seconds[] = {0, 3, 9, 19};
  for (int index = 0; index < 4; ++index) {
    const EngineDriver::Call& call = driver.calls()[static_cast<size_t>(index)];
    EXPECT_EQ(call.time - driver.calls()[0].time, absl::Seconds(at_seconds[index]));
    EXPECT_EQ(call.start.attempt, (AttemptId{BranchId(0), 1, index + 1}));
    EXPECT_EQ(call.start.idempotency_key, "test/0/A/1");
    EXPECT_EQ(call.start.timeout, absl::Seconds(9));
    EXPECT_EQ(call.start.heartbeat, absl::Seconds(4));
    EXPECT_EQ(call.start.arguments.Find("retry")->int_value(), index);
    EXPECT_EQ(*call.start.arguments.Find("id"), *driver.calls()[0].start.arguments.Find("id"));
  }
}

TEST(EventsTest, TheServicesOwnDelayIsALowerBound) {
  EngineDriver driver(Workflow(kRetried), R"({"beat": 4})",
                      Scripted({{"A",
                                 {Answer(kBoom).RetryAfter(absl::Seconds(20)),
                                  Answer(kBoom).RetryAfter(absl::Seconds(1)), Json("ok")}}}));
  driver.Run();
  ASSERT_EQ(driver.calls().size(), 3u);
  EXPECT_EQ(driver.calls()[1].time - driver.calls()[0].time, absl::Seconds(20));
  EXPECT_EQ(driver.calls()[2].time - driver.calls()[1].time, absl::Seconds(6));
}

TEST(EventsTest, AServiceCannotPutARetryOffForEver) {
  EngineDriver driver(
      Workflow(kRetried), R"({"beat": 4})",
      Scripted({{"A", {Answer(kBoom).RetryAfter(absl::InfiniteDuration()), Json("ok")}}}));
  driver.Run();
  ASSERT_EQ(driver.calls().size(), 2u);
  EXPECT_EQ(driver.calls()[1].time - driver.calls()[0].time, absl::Hours(1));
}

TEST(EventsTest, StaleResultsAreDropped) {
  EngineDriver driver(Workflow(kRetried), R"({"beat": 4})", Scripted({{"A", {kBoom, Json("ok")}}}));
  const auto result = [&](AttemptId attempt) {
    return AttemptFinished{attempt, driver.now(), Json("stale"), {}};
  };
  EXPECT_TRUE(driver.Apply(result({BranchId(0), 1, 1})).empty());  // before the start
  driver.Apply(Started());
  EXPECT_TRUE(driver.Apply(Started()).empty());
  EXPECT_TRUE(driver.Apply(TimePassed()).empty());
  EXPECT_TRUE(driver.Apply(Resumed()).empty());
  for (const AttemptId stale : {AttemptId{BranchId(1), 1, 1}, AttemptId{BranchId(0), 2, 1},
                                AttemptId{BranchId(0), 1, 2}, AttemptId{BranchId(0), 1, 0}}) {
    EXPECT_TRUE(driver.Apply(result(stale)).empty());
  }
  driver.Advance();                                                // the first attempt fails
  EXPECT_TRUE(driver.Apply(result({BranchId(0), 1, 1})).empty());  // twice
  driver.Advance();                                                // the backoff is over
  EXPECT_TRUE(driver.Apply(result({BranchId(0), 1, 1})).empty());  // late
  driver.Run();
  EXPECT_EQ(driver.execution().output, Json("ok"));
}

TEST(EventsTest, TaskStartedTellsWhenTheCallWentOut) {
  EngineDriver driver(Workflow(R"({"StartAt": "A", "States": {"A": {
                        "Type": "Task", "Resource": "grpc:w/t.T/Do", "End": true}}})"),
                      "{}", Scripted({{"A", {Answer(Json(1)).After(absl::Seconds(7))}}}));
  driver.Run();
  const std::vector<HistoryEvent>& history = driver.history();
  ASSERT_EQ(history[3].type, HistoryEventType::kTaskStarted);
  EXPECT_EQ(history[3].time, history[2].time);
  ASSERT_EQ(history[4].type, HistoryEventType::kTaskSucceeded);
  EXPECT_EQ(history[4].time, history[2].time + absl::Seconds(7));
}

constexpr const char* kTwoTasks = R"({"StartAt": "P", "States": {"P": {
  "Type": "Parallel", "End": true, "Branches": [
    {"StartAt": "A", "States": {"A": {"Type": "Task", "Resource": "grpc:a/t.T/Do", "End": true}}},
    {"StartAt": "B", "States": {"B": {"Type": "Task", "Resource": "worker:b", "Next": "C"},
                                "C": {"Type": "Task", "Resource": "grpc:c/t.T/Do", "End": true}}}
  ]}}})";
constexpr const char* kBothScheduled =
    "ExecutionStarted ParallelStateEntered ParallelStateStarted TaskStateEntered TaskScheduled "
    "TaskStateEntered TaskScheduled";
const AttemptId kOfA{BranchId(1), 1, 1};
const AttemptId kOfB{BranchId(2), 1, 1};

EngineDriver TwoTasks() {
  return EngineDriver(Workflow(kTwoTasks), "{}",
                      Scripted({{"A", {Answer(Json(1)).After(absl::Seconds(9))}},
                                {"B", {Answer(Json("taken")).After(absl::Seconds(5))}}}));
}

TEST(EventsTest, AStartIsRecordedBeforeWhatHappensNext) {
  EngineDriver driver = TwoTasks();
  driver.Apply(Started());
  const absl::Time sent = driver.now();
  EXPECT_TRUE(driver.Apply(AttemptStarted{kOfA, sent}).empty());
  EXPECT_TRUE(driver.Apply(AttemptStarted{kOfA, sent}).empty());  // sent again
  EXPECT_TRUE(driver.Apply(AttemptStarted{{BranchId(1), 1, 2}, sent}).empty());
  EXPECT_EQ(driver.HistoryTypes(), kBothScheduled);
  driver.Advance();  // a worker takes B
  const std::vector<HistoryEvent>& history = driver.history();
  ASSERT_EQ(history.size(), 9u);
  for (const size_t index : {7u, 8u}) {
    EXPECT_EQ(history[index].type, HistoryEventType::kTaskStarted);
    EXPECT_EQ(history[index].branch, BranchId(index - 6));
  }
  EXPECT_EQ(history[7].previous_id, 5);
  EXPECT_EQ(history[7].started, sent);
  driver.Advance();  // A is answered: its start is there already
  EXPECT_EQ(history[9].type, HistoryEventType::kTaskSucceeded);
}

TEST(EventsTest, WhatIsPulledStartsWithItsWorker) {
  EngineDriver driver = TwoTasks();
  driver.Apply(Started());
  driver.Apply(AttemptStarted{kOfB, driver.now()});
  EXPECT_TRUE(driver.Apply(RecordStarts()).empty());
}

TEST(EventsTest, StartsAreRecordedWhenAskedFor) {
  EngineDriver driver = TwoTasks();
  driver.Apply(Started());
  driver.Apply(AttemptStarted{kOfA, driver.now()});
  driver.Apply(RecordStarts());
  EXPECT_EQ(driver.HistoryTypes(), std::string(kBothScheduled) + " TaskStarted");
  EXPECT_TRUE(driver.Apply(RecordStarts()).empty());
  // Sent again after a crash, it starts again; it has one event.
  driver.Apply(AttemptStarted{kOfA, driver.now()});
  EXPECT_TRUE(driver.Apply(RecordStarts()).empty());
}

TEST(EventsTest, AStartedTaskThatIsAbortedHasStarted) {
  EngineDriver driver = TwoTasks();
  driver.Apply(Started());
  driver.Apply(AttemptStarted{kOfA, driver.now()});
  driver.Apply(Cancelled{});
  EXPECT_EQ(driver.HistoryTypes(), std::string(kBothScheduled) + " TaskStarted ExecutionAborted");
}

}  // namespace
}  // namespace segue::engine
