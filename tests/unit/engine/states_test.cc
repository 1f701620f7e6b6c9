#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "tests/unit/engine/rows.h"

// What each state type does, as tables: a definition, its input, how services answer; the outcome
// and the history's types. Every row runs twice: in memory, and recovered from the store after each
// event.

namespace segue::engine {
namespace {

using segue::testing::Row;
using segue::testing::RunRow;

class StatesTest : public ::testing::TestWithParam<Row> {};
TEST_P(StatesTest, Runs) { RunRow(GetParam()); }

constexpr auto kFailed = ExecutionStatus::kFailed;
const WorkflowError kBoom{"Boom", "bang"};

// Fits once, but not twice.
const std::string kLargeText = "\"" + std::string(200'000, 'x') + "\"";
const char* const kLargeInput = kLargeText.c_str();

const Row kSimple[] = {
    {.name = "PassGivesItsInput",
     .definition = R"({"StartAt": "A", "States": {"A": {"Type": "Pass", "End": true}}})",
     .input = R"({"a": 1})",
     .output = R"({"a": 1})",
     .types = "ExecutionStarted PassStateEntered PassStateExited ExecutionSucceeded"},
    {.name = "PassPutsItsResult",
     .definition = R"({"StartAt": "A", "States": {"A": {
         "Type": "Pass", "Result": {"x": 1}, "ResultPath": "$.b.c", "End": true}}})",
     .input = R"({"a": 1})",
     .output = R"({"a": 1, "b": {"c": {"x": 1}}})"},
    {.name = "ThePipelineOfPass",
     .definition = R"({"StartAt": "A", "States": {"A": {"Type": "Pass", "InputPath": "$.in",
         "Parameters": {"p.$": "$.q"}, "ResultPath": "$.out", "OutputPath": "$.out",
         "End": true}}})",
     .input = R"({"in": {"q": 7}})",
     .output = R"({"p": 7})"},
    {.name = "ResultPathNullDropsTheResult",
     .definition = R"({"StartAt": "A", "States": {"A": {
         "Type": "Pass", "Result": 1, "ResultPath": null, "End": true}}})",
     .input = R"({"a": 1})",
     .output = R"({"a": 1})"},
    {.name = "AssignIsSeenByTheNextState",
     .definition = R"({"StartAt": "A", "States": {
         "A": {"Type": "Pass", "Assign": {"x.$": "$.a", "y": 2}, "Next": "B"},
         "B": {"Type": "Pass", "Assign": {"x.$": "$y", "y.$": "$x"}, "Next": "C"},
         "C": {"Type": "Pass", "Parameters": {"x.$": "$x", "y.$": "$y"}, "End": true}}})",
     .input = R"({"a": 1})",
     .output = R"({"x": 2, "y": 1})"},
    {.name = "ContextObject",
     .definition = R"({"StartAt": "A", "States": {"A": {"Type": "Pass", "Parameters": {
         "id.$": "$$.Execution.Id", "name.$": "$$.Execution.Name", "input.$": "$$.Execution.Input",
         "start.$": "$$.Execution.StartTime", "state.$": "$$.State",
         "machine.$": "$$.StateMachine.Name"}, "End": true}}})",
     .input = R"({"a": 1})",
     .output = R"({"id": "test", "name": "test", "input": {"a": 1},
         "start": "2023-11-14T22:13:20.000Z", "machine": "workflow",
         "state": {"Name": "A", "EnteredTime": "2023-11-14T22:13:20.000Z"}})"},
    {.name = "Succeed",
     .definition = R"({"StartAt": "A", "States": {"A": {"Type": "Succeed", "OutputPath": "$.a"}}})",
     .input = R"({"a": [1]})",
     .output = "[1]",
     .types = "ExecutionStarted SucceedStateEntered SucceedStateExited ExecutionSucceeded"},
    {.name = "Fail",
     .definition = R"({"StartAt": "A", "States": {"A": {
         "Type": "Fail", "Error": "E", "CausePath": "$.why"}}})",
     .input = R"({"why": "because"})",
     .status = kFailed,
     .output = "E: because",
     .types = "ExecutionStarted FailStateEntered ExecutionFailed"},
    {.name = "ChoiceTakesTheFirstRuleThatHolds",
     .definition = R"({"StartAt": "A", "States": {
         "A": {"Type": "Choice", "Choices": [
             {"Variable": "$.n", "NumericGreaterThan": 5, "Next": "Big"},
             {"Variable": "$.n", "NumericGreaterThan": 2, "Next": "Middle"}], "Default": "Small"},
         "Big": {"Type": "Pass", "Result": "big", "End": true},
         "Middle": {"Type": "Pass", "Result": "middle", "End": true},
         "Small": {"Type": "Pass", "Result": "small", "End": true}}})",
     .input = R"({"n": 4})",
     .output = R"("middle")",
     .types = "ExecutionStarted ChoiceStateEntered ChoiceStateExited PassStateEntered "
              "PassStateExited ExecutionSucceeded"},
    {.name = "ChoiceWithoutAMatch",
     .definition = R"({"StartAt": "A", "States": {
         "A": {"Type": "Choice", "Choices": [{"Variable": "$.n", "NumericEquals": 5, "Next": "B"}]},
         "B": {"Type": "Succeed"}}})",
     .input = R"({"n": 4})",
     .status = kFailed,
     .output =
         "States.NoChoiceMatched: An error occurred while executing the state 'A' (entered at "
         "the event id #2). Failed to transition out of the state. The state does not point "
         "to a next state.",
     .types = "ExecutionStarted ChoiceStateEntered ExecutionFailed"},
    {.name = "WaitForSeconds",
     .definition = R"({"StartAt": "A", "States": {"A": {"Type": "Wait", "Seconds": 30,
         "OutputPath": "$.a", "End": true}}})",
     .input = R"({"a": 1})",
     .output = "1",
     .types = "ExecutionStarted WaitStateEntered WaitStateExited ExecutionSucceeded"},
    {.name = "WaitForNegativeSeconds",
     .definition = R"({"StartAt": "A", "States": {"A": {
         "Type": "Wait", "SecondsPath": "$.s", "End": true}}})",
     .input = R"({"s": -3})",
     .status = kFailed,
     .output = "States.Runtime: An error occurred while executing the state 'A' (entered at the "
               "event id #2). The SecondsPath parameter references a negative value: $.s == -3"},
    {.name = "WaitForNothing",
     .definition = R"({"StartAt": "A", "States": {"A": {
         "Type": "Wait", "SecondsPath": "$.s", "End": true}}})",
     .status = kFailed,
     .output = "States.Runtime: An error occurred while executing the state 'A' (entered at the "
               "event id #2). The SecondsPath parameter does not reference an input value: $.s"},
};
INSTANTIATE_TEST_SUITE_P(Simple, StatesTest, ::testing::ValuesIn(kSimple),
                         [](const auto& info) { return std::string(info.param.name); });

const Row kTask[] = {
    {.name = "SendsItsArgumentsAndGivesItsResult",
     .definition = R"({"StartAt": "A", "States": {"A": {"Type": "Task", "Resource": "grpc:w/t.T/Do",
         "Parameters": {"n.$": "$.a"}, "ResultSelector": {"m.$": "$.n"}, "ResultPath": "$.r",
         "End": true}}})",
     .input = R"({"a": 1})",
     .output = R"({"a": 1, "r": {"m": 1}})",
     .types = "ExecutionStarted TaskStateEntered TaskScheduled TaskStarted TaskSucceeded "
              "TaskStateExited ExecutionSucceeded"},
    {.name = "Fails",
     .definition = R"({"StartAt": "A", "States": {"A": {"Type": "Task", "Resource": "grpc:w/t.T/Do",
         "End": true}}})",
     .answers = {{"A", {kBoom}}},
     .status = kFailed,
     .output = "Boom: bang",
     .types = "ExecutionStarted TaskStateEntered TaskScheduled TaskStarted TaskFailed "
              "ExecutionFailed"},
    {.name = "TimesOut",
     .definition = R"({"StartAt": "A", "States": {"A": {"Type": "Task", "Resource": "grpc:w/t.T/Do",
         "TimeoutSeconds": 5, "End": true}}})",
     .answers = {{"A", {WorkflowError{"States.Timeout", ""}}}},
     .status = kFailed,
     .output = "States.Timeout: ",
     .types = "ExecutionStarted TaskStateEntered TaskScheduled TaskStarted TaskTimedOut "
              "ExecutionFailed"},
    {.name = "IsRetried",
     .definition = R"({"StartAt": "A", "States": {"A": {"Type": "Task", "Resource": "grpc:w/t.T/Do",
         "Retry": [{"ErrorEquals": ["Boom"], "MaxAttempts": 2}], "End": true}}})",
     .answers = {{"A", {kBoom, kBoom, Json("done")}}},
     .output = R"("done")",
     .types = "ExecutionStarted TaskStateEntered TaskScheduled TaskStarted TaskFailed "
              "TaskScheduled TaskStarted TaskFailed TaskScheduled TaskStarted TaskSucceeded "
              "TaskStateExited ExecutionSucceeded"},
    {.name = "IsRetriedNoMoreThanMaxAttempts",
     .definition = R"({"StartAt": "A", "States": {"A": {"Type": "Task", "Resource": "grpc:w/t.T/Do",
         "Retry": [{"ErrorEquals": ["Boom"], "MaxAttempts": 1},
                   {"ErrorEquals": ["States.ALL"], "MaxAttempts": 9}], "End": true}}})",
     .answers = {{"A", {kBoom}}},
     .status = kFailed,
     .output = "Boom: bang",
     .types = "ExecutionStarted TaskStateEntered TaskScheduled TaskStarted TaskFailed "
              "TaskScheduled TaskStarted TaskFailed ExecutionFailed"},
    {.name = "IsCaught",
     .definition = R"({"StartAt": "A", "States": {"A": {"Type": "Task", "Resource": "grpc:w/t.T/Do",
         "Catch": [{"ErrorEquals": ["Other"], "Next": "C"},
                   {"ErrorEquals": ["States.ALL"], "ResultPath": "$.e", "Next": "B"}], "Next": "C"},
         "B": {"Type": "Pass", "End": true}, "C": {"Type": "Fail"}}})",
     .input = R"({"a": 1})",
     .answers = {{"A", {kBoom}}},
     .output = R"({"a": 1, "e": {"Error": "Boom", "Cause": "bang"}})",
     .types = "ExecutionStarted TaskStateEntered TaskScheduled TaskStarted TaskFailed "
              "TaskStateExited PassStateEntered PassStateExited ExecutionSucceeded"},
    {.name = "ResultThatIsTooLargeIsAnError",
     .definition = R"({"StartAt": "A", "States": {"A": {"Type": "Task", "Resource": "grpc:w/t.T/Do",
         "Catch": [{"ErrorEquals": ["States.DataLimitExceeded"], "Next": "B"}], "End": true},
         "B": {"Type": "Pass", "OutputPath": "$.Error", "End": true}}})",
     .answers = {{"A", {Json(std::string(300'000, 'x'))}}},
     .output = R"("States.DataLimitExceeded")"},
    {.name = "StatesAllTakesWhatIsTooLargeAndTaskFailedDoesNot",
     .definition = R"({"StartAt": "A", "States": {"A": {"Type": "Task", "Resource": "grpc:w/t.T/Do",
         "Retry": [{"ErrorEquals": ["States.TaskFailed"]}],
         "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "B"}], "End": true},
         "B": {"Type": "Pass", "OutputPath": "$.Error", "End": true}}})",
     .answers = {{"A", {Json(std::string(300'000, 'x'))}}},
     .output = R"("States.DataLimitExceeded")"},
    {.name = "ArgumentsMayBeTooLarge",
     .definition = R"({"StartAt": "A", "States": {"A": {"Type": "Task", "Resource": "grpc:w/t.T/Do",
         "Parameters": {"a.$": "$", "b.$": "$"}, "End": true}}})",
     .input = kLargeInput,
     .status = kFailed,
     .output = "States.DataLimitExceeded: The state/task 'A' returned a result with a size "
               "exceeding the maximum number of bytes service limit."},
    {.name = "WrongOutputPathIsNotCaught",
     .definition = R"({"StartAt": "A", "States": {"A": {"Type": "Task", "Resource": "grpc:w/t.T/Do",
         "OutputPath": "$.no", "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "B"}],
         "End": true}, "B": {"Type": "Succeed"}}})",
     .status = kFailed,
     .output = "States.Runtime: An error occurred while executing the state 'A' (entered at the "
               "event id #2). Invalid path '$.no' : No results for path: $['no']",
     .types = "ExecutionStarted TaskStateEntered TaskScheduled TaskStarted TaskSucceeded "
              "ExecutionFailed"},
};
INSTANTIATE_TEST_SUITE_P(Task, StatesTest, ::testing::ValuesIn(kTask),
                         [](const auto& info) { return std::string(info.param.name); });

}  // namespace
}  // namespace segue::engine
