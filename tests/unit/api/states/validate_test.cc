#include "server/api/states/validate.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace segue::api::states {
namespace {

Json Validated(const std::string& definition, const Json& more = Json()) {
  return ValidateStateMachineDefinition(more.With("definition", definition));
}

// "severity code location" of each diagnostic.
std::vector<std::string> Summaries(const Json& response) {
  std::vector<std::string> summaries;
  for (const Json& one : response.Find("diagnostics")->array()) {
    summaries.push_back(*one.FindString("severity") + " " + *one.FindString("code") + " " +
                        *one.FindString("location"));
  }
  return summaries;
}

std::string Machine(const std::string& state) {
  return R"({"StartAt": "A", "States": {"A": )" + state + "}}";
}

TEST(ValidateStateMachineDefinition, ReportsWhatIsWrong) {
  EXPECT_EQ(Validated(Machine(R"({"Type": "Pass", "End": true})")),
            Json::Parse(R"({"result": "OK", "diagnostics": [], "truncated": false})").value());
  EXPECT_EQ(Validated(R"({"States": {"A": {"Type": "Pass", "End": true}}})"),
            Json::Parse(R"({"result": "FAIL", "truncated": false, "diagnostics": [
                {"severity": "ERROR", "code": "SCHEMA_VALIDATION_FAILED",
                 "message": "These fields are required: [StartAt]", "location": "/"}]})")
                .value());
  const Json broken = Validated("{\"StartAt\":");
  EXPECT_EQ(*broken.FindString("result"), "FAIL");
  EXPECT_EQ(Summaries(broken), std::vector<std::string>{"ERROR INVALID_JSON_DESCRIPTION /"});
}

TEST(ValidateStateMachineDefinition, KnowsWhatExpressHasNot) {
  const std::string machine = Machine(
      R"({"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
          "End": true})");
  EXPECT_EQ(*Validated(machine).FindString("result"), "OK");
  const Json express = Validated(machine, Json::Of({{"type", "EXPRESS"}}));
  EXPECT_EQ(*express.FindString("result"), "FAIL");
  EXPECT_EQ(Summaries(express),
            std::vector<std::string>{"ERROR SCHEMA_VALIDATION_FAILED /States/A/Resource"});
}

TEST(ValidateStateMachineDefinition, WarnsWhereItIsAsked) {
  const std::string machine = Machine(R"json({
      "Type": "Map", "End": true, "Parameters": {"a": "$.x", "b": "x", "c.$": "$.x",
                                                 "d": [{"e": "States.UUID()"}]},
      "ItemProcessor": {"StartAt": "B", "States": {
        "B": {"Type": "Pass", "Result": {"f.$": "$.x", "g": "$.y", "h": 1}, "Next": "C"},
        "C": {"Type": "Choice", "Choices": [
          {"Variable": "$.x", "StringEquals": "$.y", "Next": "D"}], "Default": "D"},
        "D": {"Type": "Fail", "Error": "$.error", "CausePath": "$.cause"}}}})json");
  EXPECT_EQ(Summaries(Validated(machine)), std::vector<std::string>{});
  const Json warned = Validated(machine, Json::Of({{"severity", "WARNING"}}));
  EXPECT_EQ(*warned.FindString("result"), "OK");
  const std::string processor = "/States/A/ItemProcessor/States/";
  EXPECT_EQ(Summaries(warned),
            (std::vector<std::string>{"WARNING NO_DOLLAR /States/A/Parameters/a",
                                      "WARNING NO_DOLLAR /States/A/Parameters/d/0/e",
                                      "WARNING PASS_RESULT_IS_STATIC " + processor + "B/Result/f.$",
                                      "WARNING PASS_RESULT_IS_STATIC " + processor + "B/Result/g",
                                      "WARNING NO_PATH " + processor + "C/Choices[0]/StringEquals",
                                      "WARNING NO_PATH " + processor + "D/Error"}));
}

TEST(ValidateStateMachineDefinition, BoundsTheDiagnostics) {
  std::string states;
  for (int i = 0; i < 150; ++i) {
    states += (i == 0 ? "" : ",") + ("\"S" + std::to_string(i)) + "\": {\"Type\": \"None\"}";
  }
  const std::string machine = R"({"StartAt": "S0", "States": {)" + states + "}}";
  const Json all = Validated(machine, Json::Of({{"maxResults", 0}}));
  EXPECT_EQ(all.Find("diagnostics")->array().size(), 100u);
  EXPECT_EQ(*all.Find("truncated"), Json::Bool(true));
  const Json few = Validated(machine, Json::Of({{"maxResults", 3}}));
  EXPECT_EQ(few.Find("diagnostics")->array().size(), 3u);
}

}  // namespace
}  // namespace segue::api::states
