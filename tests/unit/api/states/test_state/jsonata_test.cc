#include <gtest/gtest.h>

#include <string>

#include "tests/unit/api/states/test_state/state_cases.h"

// TestState of states in JSONata.

namespace segue::api::states {
namespace {

constexpr char kTask[] = R"({"Type": "Task", "QueryLanguage": "JSONata",
    "Resource": "arn:aws:states:::lambda:invoke",
    "Arguments": {"FunctionName": "{% $states.input.f %}", "Payload": "{% $v %}"},
    "Output": "{% $states.result.Payload %}", "Assign": {"w": "{% $v + 1 %}"},
    "Retry": [{"ErrorEquals": ["Again"], "MaxAttempts": 1}],
    "Catch": [{"ErrorEquals": ["E"], "Next": "OnE", "Assign": {"w": "caught"},
               "Output": "{% $states.errorOutput %}"}],
    "Next": "After"})";

TEST(TestStateOfJsonata, RunsATask) {
  const std::string request = R"({"input": "{\"f\": \"g\"}", "variables": "{\"v\": 1}",
      "inspectionLevel": "DEBUG", "mock": )";
  const auto with = [&request](const std::string& mock) { return request + mock + "}"; };
  Check({"result", kTask, with(R"({"result": "{\"Payload\": [7]}"})").c_str(),
         R"({"status": "SUCCEEDED", "output": [7], "nextState": "After",
             "inspectionData": {"input": {"f": "g"},
                                "afterArguments": {"FunctionName": "g", "Payload": 1},
                                "result": {"Payload": [7]}, "variables": {"v": 1, "w": 2}}})"});
  Check({"retry", kTask, with(R"({"errorOutput": {"error": "Again"}})").c_str(),
         R"({"status": "RETRIABLE", "error": "Again",
             "inspectionData": {"input": {"f": "g"},
                                "afterArguments": {"FunctionName": "g", "Payload": 1},
                                "errorDetails": {"retryIndex": 0,
                                                 "retryBackoffIntervalSeconds": 1},
                                "variables": {"v": 1}}})"});
  Check({"catch", kTask, with(R"({"errorOutput": {"error": "E", "cause": "C"}})").c_str(),
         R"({"status": "CAUGHT_ERROR", "error": "E", "cause": "C", "nextState": "OnE",
             "output": {"Error": "E", "Cause": "C"},
             "inspectionData": {"input": {"f": "g"},
                                "afterArguments": {"FunctionName": "g", "Payload": 1},
                                "errorDetails": {"catchIndex": 0},
                                "variables": {"v": 1, "w": "caught"}}})"});
}

// API reference, InspectionData, afterArguments: "The input after Step Functions applies an
// Arguments filter."
TEST(TestStateOfJsonata, ShowsTheArgumentsOfAParallel) {
  Check({"Parallel", R"({"Type": "Parallel", "QueryLanguage": "JSONata", "End": true,
                         "Arguments": {"b": "{% $states.input.a + 1 %}"},
                         "Branches": [{"StartAt": "P", "States": {"P": {"Type": "Succeed"}}}]})",
         R"({"input": "{\"a\": 1}", "inspectionLevel": "DEBUG", "mock": {"result": "[7]"}})",
         R"({"status": "SUCCEEDED", "output": [7],
             "inspectionData": {"input": {"a": 1}, "afterArguments": {"b": 2}}})"});
}

TEST(TestStateOfJsonata, ShowsOfOtherStatesTheirInput) {
  Check({"Pass",
         R"({"Type": "Pass", "QueryLanguage": "JSONata", "Output": {"b": "{% $states.input.a %}"},
                     "End": true})",
         R"({"input": "{\"a\": 1}", "inspectionLevel": "TRACE"})",
         R"({"status": "SUCCEEDED", "output": {"b": 1}, "inspectionData": {"input": {"a": 1}}})"});
  Check({"Choice", R"({"Type": "Choice", "QueryLanguage": "JSONata", "Default": "No", "Choices": [
                       {"Condition": "{% $states.input.a > 0 %}", "Output": "yes", "Next": "Yes"}]})",
         R"({"input": "{\"a\": 1}", "inspectionLevel": "TRACE"})",
         R"({"status": "SUCCEEDED", "output": "\"yes\"", "nextState": "Yes",
             "inspectionData": {"input": {"a": 1}}})"});
  Check({"Fail",
         R"({"Type": "Fail", "QueryLanguage": "JSONata", "Error": "{% $states.input.e %}"})",
         R"({"input": "{\"e\": \"E\"}", "inspectionLevel": "TRACE"})",
         R"({"status": "FAILED", "error": "E", "inspectionData": {"input": {"e": "E"}}})"});
}

TEST(TestStateOfJsonata, RunsAMap) {
  const std::string map = R"({"Type": "Map", "QueryLanguage": "JSONata", "End": true,
      "Items": "{% $states.input.items %}", "MaxConcurrency": "{% 1 + 1 %}",
      "ItemSelector": {"v": "{% $states.context.Map.Item.Value * 10 %}"},
      "ToleratedFailureCount": 1, "Output": "{% $sum($states.result) %}",
      "ItemProcessor": {"StartAt": "P", "States": {"P": {"Type": "Succeed"}}}})";
  Check({"Map", map,
         R"({"input": "{\"items\": [1, 2]}", "inspectionLevel": "DEBUG",
             "mock": {"result": "[3, 4]"}})",
         R"({"status": "SUCCEEDED", "output": "7",
             "inspectionData": {"input": {"items": [1, 2]}, "maxConcurrency": 2,
                                "afterItemSelector": [{"v": 10}, {"v": 20}],
                                "toleratedFailureCount": 1}})"});
}

}  // namespace
}  // namespace segue::api::states
