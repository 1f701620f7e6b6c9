#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "tests/support/engine_driver.h"

// Parallel and Map: concurrency, joining, failure, abort, nesting.

namespace segue::engine {
namespace {

using segue::testing::Answer;
using segue::testing::EngineDriver;
using segue::testing::Scripted;
using segue::testing::Workflow;

const WorkflowError kBoom{"Boom", "bang"};

struct Row {
  const char* name;
  const char* definition;
  const char* input = "{}";
  std::map<std::string, std::vector<Answer>> answers = {};
  ExecutionStatus status = ExecutionStatus::kSucceeded;
  const char* output = "{}";  // or, where it fails, "error: cause"
  const char* types = nullptr;
  size_t calls = 0;
  size_t cancelled = 0;
};

void PrintTo(const Row& row, std::ostream* out) { *out << row.name; }

class ChildrenTest : public ::testing::TestWithParam<Row> {};

TEST_P(ChildrenTest, Runs) {
  const Row& row = GetParam();
  for (const bool recovers : {false, true}) {
    SCOPED_TRACE(recovers ? "recovered after each event" : "in memory");
    EngineDriver::Options options;
    options.recovers = recovers;
    EngineDriver driver(Workflow(row.definition), row.input, Scripted(row.answers), options);
    driver.Run();
    const Execution& execution = driver.execution();
    EXPECT_EQ(execution.status, row.status);
    if (execution.error) {
      EXPECT_EQ(execution.error->name + ": " + execution.error->cause, row.output);
    } else {
      EXPECT_EQ(execution.output, Json::Parse(row.output).value()) << execution.output.Dump();
    }
    EXPECT_EQ(driver.calls().size(), row.calls);
    EXPECT_EQ(driver.cancelled().size(), row.cancelled);
    EXPECT_EQ(driver.calls_out(), 0u);
    if (row.types != nullptr) {
      EXPECT_EQ(driver.HistoryTypes(), row.types);
    }
  }
}

#define TASK R"({"Type": "Task", "Resource": "grpc:w/t.T/Do", "End": true})"

const Row kParallel[] = {
    {.name = "ResultsInOrderOfBranches",
     .definition = R"({"StartAt": "P", "States": {"P": {"Type": "Parallel", "End": true,
         "Parameters": {"x.$": "$.a"}, "Branches": [
           {"StartAt": "A", "States": {"A": )" TASK R"(}},
           {"StartAt": "B", "States": {"B": )" TASK R"(}},
           {"StartAt": "C", "States": {"C": {"Type": "Pass", "End": true}}}]}}})",
     .input = R"({"a": 1})",
     .answers = {{"A", {Answer(Json("a")).After(absl::Seconds(2))}},
                 {"B", {Answer(Json("b")).After(absl::Seconds(1))}}},
     .output = R"(["a", "b", {"x": 1}])",
     .types = "ExecutionStarted ParallelStateEntered ParallelStateStarted TaskStateEntered "
              "TaskScheduled TaskStateEntered TaskScheduled PassStateEntered PassStateExited "
              "TaskStarted TaskSucceeded TaskStateExited TaskStarted TaskSucceeded TaskStateExited "
              "ParallelStateSucceeded ParallelStateExited ExecutionSucceeded",
     .calls = 2},
    {.name = "OneFailureAbortsTheOthers",
     .definition = R"({"StartAt": "P", "States": {"P": {"Type": "Parallel", "End": true,
         "Branches": [
           {"StartAt": "A", "States": {"A": )" TASK R"(}},
           {"StartAt": "B", "States": {"B": )" TASK R"(}},
           {"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 60, "End": true}}}]}}})",
     .answers = {{"A", {Answer(Json("a")).After(absl::Seconds(2))}},
                 {"B", {Answer(kBoom).After(absl::Seconds(1))}}},
     .status = ExecutionStatus::kFailed,
     .output = "Boom: bang",
     .types =
         "ExecutionStarted ParallelStateEntered ParallelStateStarted TaskStateEntered "
         "TaskScheduled TaskStateEntered TaskScheduled WaitStateEntered TaskStarted TaskFailed "
         "TaskStateAborted TaskStateAborted WaitStateAborted ParallelStateFailed "
         "ExecutionFailed",
     .calls = 2,
     .cancelled = 1},
    {.name = "CallsThatAreNeverMade",
     .definition = R"({"StartAt": "P", "States": {"P": {"Type": "Parallel", "Next": "E",
         "Branches": [
           {"StartAt": "A", "States": {"A": )" TASK R"(}},
           {"StartAt": "F", "States": {"F": {"Type": "Fail", "Error": "E", "Cause": "c"}}}],
         "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "E"}]},
         "E": {"Type": "Succeed"}}})",
     .output = R"({"Error": "E", "Cause": "c"})",
     .types = "ExecutionStarted ParallelStateEntered ParallelStateStarted TaskStateEntered "
              "TaskScheduled FailStateEntered TaskStateAborted ParallelStateFailed "
              "ParallelStateExited SucceedStateEntered SucceedStateExited ExecutionSucceeded",
     .calls = 0},
    {.name = "RetryStartsAllBranchesAnew",
     .definition = R"({"StartAt": "P", "States": {"P": {"Type": "Parallel", "End": true,
         "Branches": [
           {"StartAt": "A", "States": {"A": )" TASK R"(}},
           {"StartAt": "B", "States": {"B": )" TASK R"(}}],
         "Retry": [{"ErrorEquals": ["Boom"]}]}}})",
     .answers = {{"A", {Json("a1"), Json("a2")}}, {"B", {kBoom, Json("b2")}}},
     .output = R"(["a2", "b2"])",
     .calls = 4},
    {.name = "VariablesOfTheOuterScope",
     .definition = R"({"StartAt": "S", "States": {
         "S": {"Type": "Pass", "Assign": {"x": 1}, "Next": "P"},
         "P": {"Type": "Parallel", "End": true, "Branches": [
           {"StartAt": "A", "States": {
             "A": {"Type": "Pass", "Assign": {"y": 2}, "Next": "B"},
             "B": {"Type": "Pass", "Parameters": {"x.$": "$x", "y.$": "$y"}, "End": true}}}]}}})",
     .output = R"([{"x": 1, "y": 2}])"},
    {.name = "EndlessBranchDoesNotStarveOthers",
     .definition = R"({"StartAt": "P", "States": {"P": {"Type": "Parallel", "End": true,
         "Catch": [{"ErrorEquals": ["Stop"], "Next": "E"}],
         "Branches": [
           {"StartAt": "L", "States": {
             "L": {"Type": "Pass", "Next": "M"},
             "M": {"Type": "Choice", "Default": "L",
                   "Choices": [{"Variable": "$.no", "IsPresent": true, "Next": "N"}]},
             "N": {"Type": "Succeed"}}},
           {"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 1, "Next": "F"},
                                       "F": {"Type": "Fail", "Error": "Stop"}}}]},
         "E": {"Type": "Pass", "Result": 1, "End": true}}})",
     .output = "1"},
};

const Row kMap[] = {
    {.name = "OneAfterTheOther",
     .definition = R"({"StartAt": "M", "States": {"M": {"Type": "Map", "MaxConcurrency": 1,
         "ItemProcessor": {"StartAt": "A", "States": {"A": )" TASK R"(}}, "End": true}}})",
     .input = "[1, 2]",
     .output = "[1, 2]",
     .types =
         "ExecutionStarted MapStateEntered MapStateStarted MapIterationStarted "
         "TaskStateEntered TaskScheduled TaskStarted TaskSucceeded TaskStateExited "
         "MapIterationSucceeded MapIterationStarted TaskStateEntered TaskScheduled TaskStarted "
         "TaskSucceeded TaskStateExited MapIterationSucceeded MapStateSucceeded "
         "MapStateExited ExecutionSucceeded",
     .calls = 2},
    {.name = "AllAtOnce",
     .definition = R"({"StartAt": "M", "States": {"M": {"Type": "Map",
         "ItemProcessor": {"StartAt": "A", "States": {"A": {"Type": "Pass", "End": true}}},
         "End": true}}})",
     .input = "[1, 2]",
     .output = "[1, 2]",
     .types = "ExecutionStarted MapStateEntered MapStateStarted MapIterationStarted "
              "MapIterationStarted PassStateEntered PassStateExited MapIterationSucceeded "
              "PassStateEntered PassStateExited MapIterationSucceeded MapStateSucceeded "
              "MapStateExited ExecutionSucceeded"},
    {.name = "NoItems",
     .definition = R"({"StartAt": "M", "States": {"M": {"Type": "Map",
         "ItemProcessor": {"StartAt": "A", "States": {"A": {"Type": "Pass", "End": true}}},
         "End": true}}})",
     .input = "[]",
     .output = "[]",
     .types = "ExecutionStarted MapStateEntered MapStateStarted MapStateSucceeded MapStateExited "
              "ExecutionSucceeded"},
    {.name = "ItemSelectorSeesItemAndInput",
     .definition = R"({"StartAt": "M", "States": {"M": {"Type": "Map", "ItemsPath": "$.l",
         "MaxConcurrency": 1,
         "ItemSelector": {"i.$": "$$.Map.Item.Index", "v.$": "$$.Map.Item.Value", "c.$": "$.c"},
         "ItemProcessor": {"StartAt": "A", "States": {"A": {"Type": "Pass",
           "Parameters": {"in.$": "$", "item.$": "$$.Map.Item.Value"}, "End": true}}},
         "End": true}}})",
     .input = R"({"l": ["x", "y"], "c": 3})",
     .output = R"([{"in": {"i": 0, "v": "x", "c": 3}, "item": "x"},
                   {"in": {"i": 1, "v": "y", "c": 3}, "item": "y"}])"},
    {.name = "NoArray",
     .definition = R"({"StartAt": "M", "States": {"M": {"Type": "Map", "ItemsPath": "$.l",
         "ItemProcessor": {"StartAt": "A", "States": {"A": {"Type": "Pass", "End": true}}},
         "End": true}}})",
     .input = R"({"l": 1})",
     .status = ExecutionStatus::kFailed,
     .output = "States.Runtime: An error occurred while executing the state 'M' (entered at the "
               "event id #2). Reference path \"$.l\" must point to array.",
     .types = "ExecutionStarted MapStateEntered ExecutionFailed"},
    {.name = "OneFailureAbortsTheOthers",
     .definition = R"({"StartAt": "M", "States": {"M": {"Type": "Map",
         "ItemProcessor": {"StartAt": "A", "States": {"A": )" TASK R"(}}, "End": true}}})",
     .input = "[1, 2, 3]",
     .answers = {{"A",
                  {Answer(Json("a")).After(absl::Seconds(2)),
                   Answer(kBoom).After(absl::Seconds(1))}}},
     .status = ExecutionStatus::kFailed,
     .output = "Boom: bang",
     .types =
         "ExecutionStarted MapStateEntered MapStateStarted MapIterationStarted "
         "MapIterationStarted MapIterationStarted TaskStateEntered TaskScheduled "
         "TaskStateEntered TaskScheduled TaskStateEntered TaskScheduled TaskStarted TaskFailed "
         "MapIterationFailed TaskStateAborted MapIterationAborted TaskStateAborted "
         "MapIterationAborted TaskStateAborted MapStateFailed ExecutionFailed",
     .calls = 3,
     .cancelled = 2},
    {.name = "ToleratedFailures",
     .definition = R"({"StartAt": "M", "States": {"M": {"Type": "Map", "MaxConcurrency": 1,
         "ToleratedFailureCount": 1, "ItemProcessor": {
           "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
           "StartAt": "A", "States": {"A": )" TASK R"(}}, "End": true}}})",
     .input = "[1, 2, 3]",
     .answers = {{"A", {Json(1), kBoom, Json(3)}}},
     .output = "[1, 3]",
     .types = "ExecutionStarted MapStateEntered MapStateStarted MapRunStarted MapRunSucceeded "
              "MapStateSucceeded MapStateExited ExecutionSucceeded",
     .calls = 0},
    {.name = "MoreFailuresThanTolerated",
     .definition = R"({"StartAt": "M", "States": {"M": {"Type": "Map", "MaxConcurrency": 1,
         "ToleratedFailurePercentage": 34, "ItemProcessor": {
           "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
           "StartAt": "A", "States": {"A": )" TASK R"(}}, "End": true}}})",
     .input = "[1, 2, 3]",
     .answers = {{"A", {kBoom}}},
     .status = ExecutionStatus::kFailed,
     .output = "States.ExceedToleratedFailureThreshold: The specified tolerated failure threshold "
               "was exceeded",
     .types = "ExecutionStarted MapStateEntered MapStateStarted MapRunStarted MapRunFailed "
              "MapStateFailed ExecutionFailed",
     .calls = 0},
    {.name = "ParallelInsideMap",
     .definition = R"({"StartAt": "M", "States": {"M": {"Type": "Map", "MaxConcurrency": 2,
         "ItemProcessor": {"StartAt": "P", "States": {"P": {"Type": "Parallel", "End": true,
           "Branches": [{"StartAt": "A", "States": {"A": )" TASK R"(}},
                        {"StartAt": "B", "States": {"B": )" TASK R"(}}]}}}, "End": true}}})",
     .input = "[1, 2, 3]",
     .output = "[[1, 1], [2, 2], [3, 3]]",
     .calls = 6},
    {.name = "FailureDeepInside",
     .definition = R"({"StartAt": "M", "States": {"M": {"Type": "Map",
         "Catch": [{"ErrorEquals": ["Boom"], "Next": "E"}],
         "ItemProcessor": {"StartAt": "P", "States": {"P": {"Type": "Parallel", "End": true,
           "Branches": [{"StartAt": "A", "States": {"A": )" TASK R"(}},
                        {"StartAt": "B", "States": {"B": )" TASK R"(}}]}}}, "Next": "E"},
         "E": {"Type": "Succeed", "OutputPath": "$.Error"}}})",
     .input = "[1, 2]",
     .answers =
         {{"A", {Answer(Json(1)).After(absl::Seconds(9))}},
          {"B", {Answer(Json(1)).After(absl::Seconds(9)), Answer(kBoom).After(absl::Seconds(1))}}},
     .output = R"("Boom")",
     .calls = 4,
     .cancelled = 3},
};

std::string Name(const ::testing::TestParamInfo<Row>& info) { return info.param.name; }
INSTANTIATE_TEST_SUITE_P(Parallel, ChildrenTest, ::testing::ValuesIn(kParallel), Name);
INSTANTIATE_TEST_SUITE_P(Map, ChildrenTest, ::testing::ValuesIn(kMap), Name);

}  // namespace
}  // namespace segue::engine
