#include "server/engine/redrive.h"

#include <gtest/gtest.h>

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "server/engine/map_run.h"
#include "tests/support/engine_driver.h"

namespace segue::engine {
namespace {

using segue::testing::Answer;
using segue::testing::EngineDriver;
using segue::testing::Scripted;
using segue::testing::Workflow;

const WorkflowError kBoom{"Boom", "bang"};
const WorkflowError kTooLarge{"States.DataLimitExceeded", "too large"};

// An execution that ends without success, and is redriven once.
struct Row {
  const char* name;
  const char* definition;
  const char* input = "{}";
  std::map<std::string, std::vector<Answer>> answers = {};
  std::optional<absl::Duration> timeout = {};
  const char* first_end = "Boom: bang";
  ExecutionStatus status = ExecutionStatus::kSucceeded;
  const char* output = "{}";            // or, where it fails again, "error: cause"
  const char* types = nullptr;          // from ExecutionRedriven on, with "<" and previousEventId
  std::vector<std::string> calls = {};  // that the redrive makes: the states', with their attempt
};

void PrintTo(const Row& row, std::ostream* out) { *out << row.name; }

class RedriveTest : public ::testing::TestWithParam<Row> {};

std::string Ending(const Execution& execution) {
  if (!execution.error) return execution.output.Dump();
  return absl::StrCat(execution.error->name, ": ", execution.error->cause);
}

TEST_P(RedriveTest, GoesOn) {
  const Row& row = GetParam();
  for (const bool recovers : {false, true}) {
    SCOPED_TRACE(recovers ? "recovered after each event" : "in memory");
    EngineDriver::Options options;
    options.recovers = recovers;
    options.timeout = row.timeout;
    EngineDriver driver(Workflow(row.definition), row.input, Scripted(row.answers), options);
    driver.Run();
    EXPECT_EQ(Ending(driver.execution()), row.first_end);
    const size_t events = driver.history().size();
    const size_t calls = driver.calls().size();
    driver.Apply(Redriven());
    EXPECT_EQ(driver.execution().redrive_count, 1);
    EXPECT_EQ(driver.execution().redrive_time, driver.now());
    driver.Run();
    EXPECT_EQ(driver.execution().status, row.status);
    EXPECT_EQ(Ending(driver.execution()), row.output);
    EXPECT_EQ(driver.calls_out(), 0u);
    std::string types;
    for (size_t index = events; index < driver.history().size(); ++index) {
      const HistoryEvent& event = driver.history()[index];
      absl::StrAppend(&types, types.empty() ? "" : " ", HistoryEventTypeName(event.type), "<",
                      event.previous_id);
    }
    if (row.types != nullptr) EXPECT_EQ(types, row.types);
    std::vector<std::string> made;
    for (size_t index = calls; index < driver.calls().size(); ++index) {
      const StartAttempt& start = driver.calls()[index].start;
      made.push_back(absl::StrCat(start.state_name, "#", start.attempt.attempt));
    }
    EXPECT_EQ(made, row.calls);
  }
}

#define TASK R"({"Type": "Task", "Resource": "grpc:w/t.T/Do", "End": true})"

const Row kRows[] = {
    {.name = "TaskBeginsAgainFromItsEntry",
     .definition = R"({"StartAt": "A", "States": {
         "A": {"Type": "Pass", "Result": 1, "Next": "T"},
         "T": {"Type": "Task", "Resource": "grpc:w/t.T/Do", "End": true}}})",
     .answers = {{"T", {kBoom, Json(2)}}},
     .output = "2",
     .types = "ExecutionRedriven<8 TaskScheduled<4 TaskStarted<10 TaskSucceeded<11 "
              "TaskStateExited<12 ExecutionSucceeded<13",
     .calls = {"T#2"}},
    {.name = "RetriesCountAnew",
     .definition = R"({"StartAt": "T", "States": {"T": {"Type": "Task",
         "Resource": "grpc:w/t.T/Do", "Parameters": {"n.$": "$$.State.RetryCount",
           "r.$": "$$.Execution.RedriveCount"}, "End": true,
         "Retry": [{"ErrorEquals": ["Boom"], "MaxAttempts": 1}]}}})",
     .answers = {{"T", {kBoom, kBoom, kBoom, Json(1)}}},
     .output = "1",
     .calls = {"T#3", "T#4"}},
    {.name = "FailStateFailsAgain",
     .definition = R"({"StartAt": "F", "States": {
         "F": {"Type": "Fail", "Error": "Boom", "Cause": "bang"}}})",
     .status = ExecutionStatus::kFailed,
     .output = "Boom: bang",
     .types = "ExecutionRedriven<3 ExecutionFailed<2"},
    {.name = "BranchesThatSucceededStay",
     .definition = R"({"StartAt": "P", "States": {"P": {"Type": "Parallel", "End": true,
         "Branches": [
           {"StartAt": "A", "States": {"A": )" TASK R"(}},
           {"StartAt": "B", "States": {"B": )" TASK R"(}},
           {"StartAt": "C", "States": {"C": )" TASK R"(}},
           {"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 60, "End": true}}}]}}})",
     .answers = {{"A", {Json("a1"), Json("a2")}},
                 {"B", {Answer(kBoom).After(absl::Seconds(1)), Json("b2")}},
                 {"C", {Answer(Json("c1")).After(absl::Seconds(2)), Json("c2")}}},
     .output = R"(["a1","b2","c2",{}])",
     .calls = {"B#2", "C#2"}},
    {.name = "NestedBranches",
     .definition = R"({"StartAt": "P", "States": {"P": {"Type": "Parallel", "End": true,
         "Branches": [
           {"StartAt": "A", "States": {"A": {"Type": "Task", "Resource": "grpc:w/t.T/Do",
                                             "Assign": {"x": 7}, "Next": "Q"},
            "Q": {"Type": "Parallel", "End": true, "Branches": [
             {"StartAt": "B", "States": {"B": {"Type": "Task", "Resource": "grpc:w/t.T/Do",
                                               "Parameters": {"x.$": "$x"}, "End": true}}},
             {"StartAt": "C", "States": {"C": )" TASK R"(}}]}}},
           {"StartAt": "D", "States": {"D": )" TASK R"(}}]}}})",
     .answers = {{"A", {Json("a1"), Json("a2")}},
                 {"C", {kBoom, Json("c2")}},
                 {"D", {Answer(Json("d1")).After(absl::Seconds(2)), Json("d2")}}},
     .output = R"([[{"x":7},"c2"],"d2"])",
     .calls = {"D#2", "C#2"}},
    {.name = "DataLimitRunsABlockWholeAgain",
     .definition = R"({"StartAt": "P", "States": {"P": {"Type": "Parallel", "End": true,
         "Branches": [
           {"StartAt": "A", "States": {"A": )" TASK R"(}},
           {"StartAt": "B", "States": {"B": )" TASK R"(}}]}}})",
     .answers = {{"A", {Json("a1"), Json("a2")}}, {"B", {kTooLarge, Json("b2")}}},
     .first_end = "States.DataLimitExceeded: too large",
     .output = R"(["a2","b2"])",
     .calls = {"A#1", "B#1"}},
    {.name = "ItemsThatSucceededStay",
     .definition = R"({"StartAt": "M", "States": {"M": {"Type": "Map", "End": true,
         "ItemProcessor": {"StartAt": "T", "States": {"T": )" TASK R"(}}}}})",
     .input = "[1, 2, 3]",
     .answers = {{"T",
                  {Json("t1"), Answer(kBoom).After(absl::Seconds(1)),
                   Answer(Json("t3")).After(absl::Seconds(2)), Json("t4"), Json("t5")}}},
     .output = R"(["t1","t4","t5"])",
     .calls = {"T#2", "T#2"}},
    {.name = "ItemsNotBegunFollow",
     .definition = R"({"StartAt": "M", "States": {"M": {"Type": "Map", "End": true,
         "MaxConcurrency": 1, "ItemProcessor": {"StartAt": "T", "States": {"T": )" TASK R"(}}}}})",
     .input = "[1, 2, 3]",
     .answers = {{"T", {Json("t1"), kBoom, Json("t2"), Json("t3")}}},
     .output = R"(["t1","t2","t3"])",
     .calls = {"T#2", "T#1"}},
    {.name = "FailuresThatWereToleratedGoAgainWithinMaxConcurrency",
     .definition = R"({"StartAt": "M", "States": {"M": {"Type": "Map", "End": true,
         "MaxConcurrency": 1, "ToleratedFailureCount": 1,
         "ItemProcessor": {"StartAt": "T", "States": {"T": )" TASK R"(}}}}})",
     .input = "[1, 2, 3, 4]",
     .answers = {{"T", {kBoom, Json("t2"), kBoom, Json("t1"), Json("t3"), Json("t4")}}},
     .first_end = "States.ExceedToleratedFailureThreshold: The specified tolerated failure "
                  "threshold was exceeded",
     .output = R"(["t1","t2","t3","t4"])",
     .calls = {"T#2", "T#2", "T#1"}},
    {.name = "MapRunGoesOnUnderItsId",
     .definition = R"({"StartAt": "M", "States": {"M": {"Type": "Map", "End": true,
         "Label": "L", "ItemProcessor": {
           "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
           "StartAt": "T", "States": {"T": )" TASK R"(}}}}})",
     .input = "[1]",
     .answers = {{"T", {kBoom, Json("t1")}}},
     .first_end = "States.ExceedToleratedFailureThreshold: The specified tolerated failure "
                  "threshold was exceeded",
     .output = R"(["t1"])",
     .types = "ExecutionRedriven<7 MapRunRedriven<3 MapRunSucceeded<9 MapStateSucceeded<10 "
              "MapStateExited<10 ExecutionSucceeded<12"},
    {.name = "AParallelThatWaitsForItsRetryBeginsAtOnce",
     .definition = R"({"StartAt": "P", "TimeoutSeconds": 5, "States": {"P": {"Type": "Parallel",
         "End": true, "Retry": [{"ErrorEquals": ["Boom"], "IntervalSeconds": 60}],
         "Branches": [{"StartAt": "A", "States": {"A": )" TASK R"(}}]}}})",
     .answers = {{"A", {kBoom, Json("a2")}}},
     .timeout = absl::Seconds(5),
     .first_end = "States.Timeout: ",
     .output = R"(["a2"])",
     .calls = {"A#1"}},
};
INSTANTIATE_TEST_SUITE_P(All, RedriveTest, ::testing::ValuesIn(kRows),
                         [](const auto& info) { return std::string(info.param.name); });

constexpr char kRich[] = R"json({"StartAt": "P", "States": {
  "P": {"Type": "Parallel", "Next": "M", "Branches": [
    {"StartAt": "A", "States": {
      "A": {"Type": "Task", "Resource": "grpc:w/t.T/Do", "Parameters": 1, "Next": "B"},
      "B": {"Type": "Wait", "Seconds": 3, "End": true}}},
    {"StartAt": "C", "States": {
      "C": {"Type": "Map", "ItemsPath": "$.items", "MaxConcurrency": 2, "End": true,
            "ItemProcessor": {"StartAt": "D", "States": {"D": {"Type": "Task",
              "Resource": "grpc:w/t.T/Do", "Assign": {"x.$": "$"}, "Next": "E"},
              "E": {"Type": "Pass", "Parameters": {"x.$": "$x"}, "End": true}}}}}}]},
  "M": {"Type": "Map", "End": true, "ItemProcessor": {"StartAt": "N", "States": {
    "N": {"Type": "Choice", "Default": "O",
          "Choices": [{"Variable": "$.no", "IsPresent": true, "Next": "O"}]},
    "O": {"Type": "Task", "Resource": "grpc:w/t.T/Do", "End": true}}}}}})json";
constexpr char kRichInput[] = R"({"items": [1, 2, 3, 4, 5]})";

Answer Echo(const StartAttempt& start) {
  return Answer(start.arguments).After(absl::Milliseconds(700));
}

// Wherever it is cancelled, and however often: redriven, it comes to the same result.
TEST(RedriveAnywhereTest, ComesToTheSameResult) {
  EngineDriver whole(Workflow(kRich), kRichInput, Echo);
  whole.Run();
  ASSERT_EQ(whole.execution().status, ExecutionStatus::kSucceeded) << Ending(whole.execution());
  for (int steps = 0; steps < 100; ++steps) {
    SCOPED_TRACE(steps);
    EngineDriver::Options options;
    options.recovers = steps % 2 == 1;
    EngineDriver driver(Workflow(kRich), kRichInput, Echo, options);
    driver.Apply(Started());
    int redrives = 0;
    while (driver.execution().status == ExecutionStatus::kRunning) {
      for (int made = 0; made < steps; ++made) driver.Advance();
      if (driver.execution().status != ExecutionStatus::kRunning) break;
      if (++redrives > 20) {
        driver.Run();
        break;
      }
      driver.Apply(Cancelled());
      ASSERT_TRUE(IsRedrivable(driver.execution()));
      driver.Apply(Redriven());
    }
    EXPECT_EQ(Ending(driver.execution()), Ending(whole.execution()));
    EXPECT_EQ(driver.execution().redrive_count, redrives > 20 ? 20 : redrives);
    EXPECT_FALSE(IsRedrivable(driver.execution()));
    if (redrives == 0) return;
  }
  FAIL() << "it never came to its end";
}

TEST(RedriveAnywhereTest, OnlyWhatEndedWithoutSuccessAndIsStandard) {
  EngineDriver open(Workflow(R"({"StartAt": "T", "States": {"T": )" TASK "}}"), "{}", Echo);
  open.Apply(Started());
  EXPECT_TRUE(open.Apply(Redriven()).empty());
  open.Run();
  EXPECT_TRUE(open.Apply(Redriven()).empty());
  EngineDriver::Options options;
  options.type = ExecutionType::kExpress;
  EngineDriver express(Workflow(R"({"StartAt": "F", "States": {"F": {"Type": "Fail"}}})"), "{}",
                       Echo, options);
  express.Run();
  EXPECT_TRUE(express.Apply(Redriven()).empty());
}

// "When you redrive an execution, the state machine level timeout, if defined, is reset to 0"
// (Developer Guide, "Restarting state machine executions with redrive"). A deadline of the submit
// is Segue's own: it is one of the first attempt.
TEST(RedriveAnywhereTest, TimeoutCountsAnewAndTheSubmitsDeadlineIsOver) {
  EngineDriver::Options options;
  options.timeout = absl::Seconds(3);
  EngineDriver driver(Workflow(R"({"StartAt": "W", "TimeoutSeconds": 60, "States": {
                                   "W": {"Type": "Wait", "Seconds": 10, "End": true}}})"),
                      "{}", Echo, options);
  driver.Run();
  EXPECT_EQ(driver.execution().status, ExecutionStatus::kTimedOut);
  driver.Apply(Redriven{.token = "t"});
  EXPECT_EQ(driver.execution().deadline, driver.now() + absl::Seconds(60));
  ASSERT_EQ(driver.execution().redrive_tokens.size(), 1u);
  driver.Run();
  EXPECT_EQ(driver.execution().status, ExecutionStatus::kSucceeded);
  EXPECT_EQ(driver.elapsed(), absl::Seconds(13));
}

// "You haven't exceeded the hard limit of 1000 redrives of a given Map Run. If you've exceeded this
// limit, you'll receive the States.Runtime error" (Developer Guide, "Redriving Map Runs").
TEST(RedriveAnywhereTest, AMapRunIsRedrivenSoOftenAndNoMore) {
  const language::WorkflowPtr workflow = Workflow(R"({"StartAt": "M", "States": {
      "M": {"Type": "Map", "Label": "L", "End": true, "ItemProcessor": {
        "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
        "StartAt": "A", "States": {"A": {"Type": "Pass", "End": true}}}}}})");
  Execution execution;
  Branch branch;
  branch.state = workflow->start;
  branch.input = Json::List({1});
  branch.map_run = MapRunOfBranch{.redrives = 1000};
  const Evaluator::Place place{.workflow = *workflow, .execution = execution, .branch = branch};
  EXPECT_TRUE(PlanMapRun(place).ok());
  ++branch.map_run->redrives;
  EXPECT_EQ(PlanMapRun(place).error().name, "States.Runtime");
}

}  // namespace
}  // namespace segue::engine
