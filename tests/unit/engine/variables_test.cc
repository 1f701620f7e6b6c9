#include <gtest/gtest.h>

#include <string>

#include "tests/unit/engine/rows.h"

// Assign and what it gives (States Language, "Variables"); AWS's limits on it.

namespace segue::engine {
namespace {

using segue::testing::EngineDriver;
using segue::testing::Row;
using segue::testing::RunRow;
using segue::testing::Scripted;
using segue::testing::Workflow;

class VariablesTest : public ::testing::TestWithParam<Row> {};
TEST_P(VariablesTest, Runs) { RunRow(GetParam()); }

constexpr auto kFailed = ExecutionStatus::kFailed;
// Of one Assign: four bytes; of all: nine.
constexpr Limits kTiny{
    .payload_bytes_max = 1000, .assigned_bytes_max = 4, .variables_bytes_max = 9};

const Row kRows[] = {
    {.name = "AreSeenFromTheNextStateOn",
     .definition = R"({"StartAt": "A", "States": {
         "A": {"Type": "Pass", "Assign": {"x": 1, "y.$": "$.in"}, "Next": "B"},
         "B": {"Type": "Pass", "Assign": {"x": 2, "z.$": "$x"}, "Next": "C"},
         "C": {"Type": "Pass", "Parameters": {"x.$": "$x", "y.$": "$y", "z.$": "$z"},
               "End": true}}})",
     .input = R"({"in": "i"})",
     .output = R"({"x": 2, "y": "i", "z": 1})"},
    {.name = "OfOuterScopesAreSeenInside",
     .definition = R"({"StartAt": "A", "States": {
         "A": {"Type": "Pass", "Assign": {"x": 1}, "Next": "P"},
         "P": {"Type": "Parallel", "End": true, "Branches": [
           {"StartAt": "B", "States": {
             "B": {"Type": "Pass", "Assign": {"y": 2}, "Next": "C"},
             "C": {"Type": "Pass", "Parameters": {"x.$": "$x", "y.$": "$y"}, "End": true}}},
           {"StartAt": "D", "States": {
             "D": {"Type": "Pass", "Assign": {"y": 3}, "Next": "E"},
             "E": {"Type": "Pass", "Parameters": {"x.$": "$x", "y.$": "$y"}, "End": true}}}]}}})",
     .output = R"([{"x": 1, "y": 2}, {"x": 1, "y": 3}])"},
    {.name = "OneMayBeTooLarge",
     .definition = R"({"StartAt": "A", "States": {
         "A": {"Type": "Pass", "Assign": {"x": "abc"}, "End": true}}})",
     .status = kFailed,
     .output = "States.DataLimitExceeded: An error occurred while executing the state 'A' (entered "
               "at the event id #2). The variable 'x' exceeds the maximum size of 4 bytes.",
     .types = "ExecutionStarted PassStateEntered ExecutionFailed",
     .limits = kTiny},
    {.name = "OfOneAssignMayBeTooLarge",
     .definition = R"({"StartAt": "A", "States": {
         "A": {"Type": "Pass", "Assign": {"x": "a", "y": "b"}, "End": true}}})",
     .status = kFailed,
     .output = "States.DataLimitExceeded: An error occurred while executing the state 'A' (entered "
               "at the event id #2). The total of the variables in Assign exceeds the maximum size "
               "of 4 bytes.",
     .limits = kTiny},
    {.name = "OfTheExecutionMayBeTooLarge",
     .definition = R"({"StartAt": "A", "States": {
         "A": {"Type": "Pass", "Assign": {"x": "a"}, "Next": "B"},
         "B": {"Type": "Pass", "Assign": {"y": "b"}, "Next": "C"},
         "C": {"Type": "Pass", "Assign": {"z": "c"}, "End": true}}})",
     .status = kFailed,
     .output = "States.DataLimitExceeded: An error occurred while executing the state 'C' (entered "
               "at the event id #6). The total of the execution's variables exceeds the maximum "
               "size of 9 bytes.",
     .limits = kTiny},
    {.name = "WhatIsReplacedDoesNotCount",
     .definition = R"({"StartAt": "A", "States": {
         "A": {"Type": "Pass", "Assign": {"x": "a"}, "Next": "B"},
         "B": {"Type": "Pass", "Assign": {"y": "b"}, "Next": "C"},
         "C": {"Type": "Pass", "Assign": {"x": "c"}, "End": true}}})",
     .limits = kTiny},
    {.name = "OfBranchesThatEndedDoNotCount",
     .definition = R"({"StartAt": "M", "States": {
         "M": {"Type": "Map", "MaxConcurrency": 1, "End": true, "ItemProcessor": {
           "StartAt": "A", "States": {
             "A": {"Type": "Pass", "Assign": {"x": "a"}, "Next": "B"},
             "B": {"Type": "Pass", "Assign": {"y": "b"}, "End": true}}}}}})",
     .input = "[1, 2, 3]",
     .output = "[1, 2, 3]",
     .limits = kTiny},
};
INSTANTIATE_TEST_SUITE_P(Variables, VariablesTest, ::testing::ValuesIn(kRows),
                         [](const auto& info) { return std::string(info.param.name); });

TEST(VariablesTest, AreInTheHistory) {
  EngineDriver driver(Workflow(R"({"StartAt": "A", "States": {
      "A": {"Type": "Pass", "Assign": {"x": [1]}, "Next": "B"},
      "B": {"Type": "Pass", "End": true}}})"),
                      "{}", Scripted({}));
  driver.Run();
  ASSERT_EQ(driver.history()[2].type, HistoryEventType::kPassStateExited);
  EXPECT_EQ(driver.history()[2].assigned, Json::Of({{"x", Json::List({1})}}));
  EXPECT_EQ(driver.history()[4].assigned, std::nullopt);
}

}  // namespace
}  // namespace segue::engine
