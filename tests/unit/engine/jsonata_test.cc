#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "server/base/check.h"
#include "tests/unit/engine/rows.h"

// States whose QueryLanguage is JSONata: their fields, and what is wrong with their values, in
// AWS's words.

namespace segue::engine {
namespace {

using segue::testing::EngineDriver;
using segue::testing::Row;
using segue::testing::RunRow;
using segue::testing::Scripted;
using segue::testing::Workflow;

class JsonataTest : public ::testing::TestWithParam<Row> {};
TEST_P(JsonataTest, Runs) { RunRow(GetParam()); }

constexpr auto kFailed = ExecutionStatus::kFailed;
const WorkflowError kBoom{"Boom", "bang"};

const Row kFields[] = {
    {.name = "ArgumentsAndOutput",
     .definition = R"({"QueryLanguage": "JSONata", "StartAt": "A", "States": {
         "A": {"Type": "Task", "Resource": "grpc:w/t.T/Do", "Arguments": {"x": "{% $states.input.a %}"},
               "Output": {"in": "{% $states.input.a %}", "out": "{% $states.result %}"},
               "End": true}}})",
     .input = R"({"a": 1})",
     .answers = {{"A", {Json("r")}}},
     .output = R"({"in": 1, "out": "r"})"},
    {.name = "AssignIsSeenFromTheNextStateOn",
     .definition = R"({"QueryLanguage": "JSONata", "StartAt": "A", "States": {
         "A": {"Type": "Pass", "Assign": {"x": 1}, "Output": 5, "Next": "B"},
         "B": {"Type": "Pass", "Assign": {"x": 2, "y": "{% $x %}"}, "Next": "C"},
         "C": {"Type": "Pass", "Output": ["{% $x %}", "{% $y %}", "{% $states.input %}"],
               "End": true}}})",
     .output = "[2, 1, 5]"},
    {.name = "ChoiceRulesBringTheirOwn",
     .definition = R"({"QueryLanguage": "JSONata", "StartAt": "C", "States": {
         "C": {"Type": "Choice", "Default": "F", "Output": "no", "Choices": [
           {"Condition": false, "Next": "F"},
           {"Condition": "{% $states.input > 1 %}", "Next": "S", "Assign": {"x": "a"},
            "Output": {"was": "{% $states.input %}"}}]},
         "S": {"Type": "Succeed", "Output": {"x": "{% $x %}", "in": "{% $states.input %}"}},
         "F": {"Type": "Fail"}}})",
     .input = "2",
     .output = R"({"x": "a", "in": {"was": 2}})"},
    {.name = "ARuleWithoutOutputLetsTheInputThrough",
     .definition = R"({"QueryLanguage": "JSONata", "StartAt": "C", "States": {
         "C": {"Type": "Choice", "Default": "S", "Output": "no", "Choices": [
           {"Condition": "{% $states.input = 1 %}", "Next": "S"}]},
         "S": {"Type": "Succeed"}}})",
     .input = "1",
     .output = "1"},
    {.name = "TheStatesOutputIsForDefault",
     .definition = R"({"QueryLanguage": "JSONata", "StartAt": "C", "States": {
         "C": {"Type": "Choice", "Default": "S", "Output": "no", "Choices": [
           {"Condition": "{% $states.input = 1 %}", "Next": "S"}]},
         "S": {"Type": "Succeed"}}})",
     .input = "2",
     .output = R"("no")"},
    {.name = "CatchersSeeTheError",
     .definition = R"({"QueryLanguage": "JSONata", "StartAt": "A", "States": {
         "A": {"Type": "Task", "Resource": "grpc:w/t.T/Do", "End": true, "Catch": [
           {"ErrorEquals": ["States.ALL"], "Next": "B", "Output": "{% $states.errorOutput.Cause %}",
            "Assign": {"e": "{% $states.errorOutput.Error %}"}}]},
         "B": {"Type": "Pass", "Output": "{% $e & ' ' & $states.input %}", "End": true}}})",
     .answers = {{"A", {kBoom}}},
     .output = R"("Boom bang")"},
    {.name = "MapOverItems",
     .definition = R"({"QueryLanguage": "JSONata", "StartAt": "M", "States": {
         "M": {"Type": "Map", "Items": "{% $states.input.list %}", "End": true,
               "MaxConcurrency": "{% 1 %}",
               "ItemSelector": {"i": "{% $states.context.Map.Item.Index %}",
                                "v": "{% $states.context.Map.Item.Value %}",
                                "in": "{% $states.input.k %}"},
               "ItemProcessor": {"StartAt": "P", "States": {"P": {"Type": "Pass", "End": true}}}}}})",
     .input = R"({"list": ["a", "b"], "k": 7})",
     .output = R"([{"i": 0, "v": "a", "in": 7}, {"i": 1, "v": "b", "in": 7}])"},
    {.name = "FailIsComputed",
     .definition = R"({"QueryLanguage": "JSONata", "StartAt": "F", "States": {
         "F": {"Type": "Fail", "Error": "{% $states.input.e %}", "Cause": "{% 'no ' & 'way' %}"}}})",
     .input = R"({"e": "Mine"})",
     .status = kFailed,
     .output = "Mine: no way"},
    {.name = "EachStateHasItsOwnLanguage",
     .definition = R"({"StartAt": "A", "States": {
         "A": {"Type": "Pass", "Assign": {"x.$": "$.a"}, "Next": "B"},
         "B": {"Type": "Pass", "QueryLanguage": "JSONata", "Output": "{% $x + 1 %}",
               "Assign": {"x": "{% $x * 10 %}"}, "Next": "C"},
         "C": {"Type": "Pass", "Parameters": {"x.$": "$x", "in.$": "$"}, "End": true}}})",
     .input = R"({"a": 1})",
     .output = R"({"x": 10, "in": 2})"},
};
INSTANTIATE_TEST_SUITE_P(Fields, JsonataTest, ::testing::ValuesIn(kFields),
                         [](const auto& info) { return std::string(info.param.name); });

#define IN_STATE_A                                                                                \
  "States.QueryEvaluationError: An error occurred while executing the state 'A' (entered at the " \
  "event id #2). "

const Row kErrors[] = {
    {.name = "NothingForAField",
     .definition = R"({"QueryLanguage": "JSONata", "StartAt": "A", "States": {
         "A": {"Type": "Pass", "Output": {"a": ["{% $states.input.no %}"]}, "End": true}}})",
     .status = kFailed,
     .output = IN_STATE_A "The JSONata expression '$states.input.no' specified for the field "
                          "'Output/a[0]' returned nothing (undefined).",
     .types = "ExecutionStarted PassStateEntered EvaluationFailed ExecutionFailed"},
    {.name = "ConditionMustBeBoolean",
     .definition = R"({"QueryLanguage": "JSONata", "StartAt": "A", "States": {
         "A": {"Type": "Choice", "Choices": [{"Condition": "{% 'x' %}", "Next": "B"}]},
         "B": {"Type": "Succeed"}}})",
     .status = kFailed,
     .output = IN_STATE_A "The JSONata expression ''x'' specified for the field "
                          "'Choices[0]/Condition' returned an unexpected result type. Expected "
                          "'boolean', but was 'string' for value: \"x\""},
    {.name = "ItemsMustBeAnArray",
     .definition = R"({"QueryLanguage": "JSONata", "StartAt": "A", "States": {
         "A": {"Type": "Map", "Items": "{% {'a': 1} %}", "End": true, "ItemProcessor": {
           "StartAt": "P", "States": {"P": {"Type": "Pass", "End": true}}}}}})",
     .status = kFailed,
     .output = IN_STATE_A "The JSONata expression '{'a': 1}' specified for the field 'Items' "
                          "returned an unexpected result type. Expected 'array', but was 'object' "
                          "for value: {\"a\":1}",
     .types = "ExecutionStarted MapStateEntered EvaluationFailed MapStateFailed ExecutionFailed"},
    {.name = "InputOfAMapMustBeAnArray",
     .definition = R"({"QueryLanguage": "JSONata", "StartAt": "A", "States": {
         "A": {"Type": "Map", "End": true, "ItemProcessor": {
           "StartAt": "P", "States": {"P": {"Type": "Pass", "End": true}}}}}})",
     .input = "1",
     .status = kFailed,
     .output = IN_STATE_A "Map state input must be an array but was: 1"},
    {.name = "TimestampMustBeOne",
     .definition = R"({"QueryLanguage": "JSONata", "StartAt": "A", "States": {
         "A": {"Type": "Wait", "Timestamp": "{% 'soon' %}", "End": true}}})",
     .status = kFailed,
     .output = IN_STATE_A "The Timestamp field cannot be parsed as an ISO-8601 extended offset "
                          "date-time format string: soon"},
    {.name = "SecondsMustNotBeNegative",
     .definition = R"({"QueryLanguage": "JSONata", "StartAt": "A", "States": {
         "A": {"Type": "Wait", "Seconds": "{% -1 %}", "End": true}}})",
     .status = kFailed,
     .output = IN_STATE_A "The Seconds field cannot be negative: -1"},
    {.name = "ErrorMustBeText",
     .definition = R"({"QueryLanguage": "JSONata", "StartAt": "A", "States": {
         "A": {"Type": "Fail", "Error": "{% 1 %}"}}})",
     .status = kFailed,
     .output = IN_STATE_A "The JSONata expression '1' specified for the field 'Error' returned an "
                          "unexpected result type. Expected 'string', but was 'number' for value: "
                          "1"},
    {.name = "CanBeCaught",
     .definition = R"({"QueryLanguage": "JSONata", "StartAt": "A", "States": {
         "A": {"Type": "Task", "Resource": "grpc:w/t.T/Do", "Arguments": "{% $no %}", "End": true,
               "Catch": [{"ErrorEquals": ["States.QueryEvaluationError"], "Next": "B"}]},
         "B": {"Type": "Pass", "Output": "{% $states.input.Error %}", "End": true}}})",
     .output = R"("States.QueryEvaluationError")",
     .types = "ExecutionStarted TaskStateEntered EvaluationFailed TaskStateExited PassStateEntered "
              "PassStateExited ExecutionSucceeded"},
};
INSTANTIATE_TEST_SUITE_P(Errors, JsonataTest, ::testing::ValuesIn(kErrors),
                         [](const auto& info) { return std::string(info.param.name); });

const HistoryEvent& EvaluationFailedOf(const EngineDriver& driver) {
  const auto event = std::find_if(driver.history().begin(), driver.history().end(), [](auto& e) {
    return e.type == HistoryEventType::kEvaluationFailed;
  });
  SEGUE_CHECK(event != driver.history().end());
  return *event;
}

TEST(JsonataTest, EvaluationFailedSaysWhere) {
  EngineDriver driver(Workflow(R"({"QueryLanguage": "JSONata", "StartAt": "Z", "States": {
      "Z": {"Type": "Pass", "Next": "A"},
      "A": {"Type": "Pass", "Assign": {"x": {"y": "{% $no %}"}}, "End": true}}})"),
                      "{}", Scripted({}));
  driver.Run();
  const HistoryEvent& event = EvaluationFailedOf(driver);
  EXPECT_EQ(event.name, "A");
  EXPECT_EQ(event.location, "Assign/x/y");
  EXPECT_EQ(event.id, 5);
  // Not the entry (4), but what came before it.
  EXPECT_EQ(event.previous_id, 3);
}

TEST(JsonataTest, EvaluationFailedOfAWaitFollowsItsEntry) {
  EngineDriver driver(Workflow(R"({"QueryLanguage": "JSONata", "StartAt": "A", "States": {
      "A": {"Type": "Wait", "Timestamp": "{% '' %}", "End": true}}})"),
                      "{}", Scripted({}));
  driver.Run();
  EXPECT_EQ(EvaluationFailedOf(driver).previous_id, 2);
  EXPECT_EQ(EvaluationFailedOf(driver).location, "Timestamp");
}

}  // namespace
}  // namespace segue::engine
