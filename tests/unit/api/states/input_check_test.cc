#include "server/api/states/input_check.h"

#include <gtest/gtest.h>

#include <string>

namespace segue::api::states {
namespace {

struct Case {
  std::string name;
  std::string operation;
  std::string input;
  std::string type = "";  // of the error; empty: none
  std::string message = "";
};

class InputCheckTest : public testing::TestWithParam<Case> {};

TEST_P(InputCheckTest, SaysWhatAwsSays) {
  const Shape* shape = InputOf(GetParam().operation);
  ASSERT_NE(shape, nullptr);
  const absl::StatusOr<Json> input = Json::Parse(GetParam().input);
  ASSERT_TRUE(input.ok()) << input.status();
  const std::optional<ApiError> error = CheckInput(*input, *shape, 20);
  EXPECT_EQ(error ? error->type : "", GetParam().type);
  EXPECT_EQ(error ? error->message : "", GetParam().message);
}

constexpr char kRestricted[] =
    "1 validation error detected: Value '123' at 'name' failed to satisfy constraint: Member must "
    "satisfy regular expression pattern: ^(?=.*[a-zA-Z_\\-\\.])[a-zA-Z0-9_\\-\\.]+$";

INSTANTIATE_TEST_SUITE_P(
    Constraints, InputCheckTest,
    testing::Values(
        Case{"fits", "ListExecutions", R"({"stateMachineArn":"arn:x","maxResults":1000})"},
        Case{"unknown_members", "ListStateMachines", R"({"later":1})"},
        Case{"null_is_absent", "ListStateMachines", R"({"maxResults":null})"},
        Case{"missing", "DescribeExecution", "{}", "ValidationException",
             "1 validation error detected: Value null at 'executionArn' failed to satisfy "
             "constraint: Member must not be null"},
        Case{"too_large", "ListExecutions", R"({"maxResults":1001})", "ValidationException",
             "1 validation error detected: Value '1001' at 'maxResults' failed to satisfy "
             "constraint: Member must have value less than or equal to 1000"},
        Case{"empty_name", "CreateActivity", R"({"name":""})", "ValidationException",
             "1 validation error detected: Value '' at 'name' failed to satisfy constraint: Member "
             "must have length greater than or equal to 1"},
        Case{"pattern", "CreateStateMachineAlias",
             R"({"name":"123","routingConfiguration":[{"stateMachineVersionArn":"a","weight":1}]})",
             "ValidationException", kRestricted},
        Case{"values", "ListExecutions", R"({"statusFilter":"DONE"})", "ValidationException",
             "1 validation error detected: Value 'DONE' at 'statusFilter' failed to satisfy "
             "constraint: Member must satisfy enum value set: [RUNNING, SUCCEEDED, FAILED, "
             "TIMED_OUT, ABORTED, PENDING_REDRIVE]"},
        Case{
            "inside_lists", "CreateStateMachineAlias",
            R"({"name":"a","routingConfiguration":[{"weight":101}]})", "ValidationException",
            "2 validation errors detected: Value null at "
            "'routingConfiguration.1.member.stateMachineVersionArn' failed to satisfy constraint: "
            "Member must not be null; Value '101' at 'routingConfiguration.1.member.weight' failed "
            "to satisfy constraint: Member must have value less than or equal to 100"},
        Case{"sensitive_values_stay_out", "StartExecution",
             R"({"stateMachineArn":"arn:x","input":"123456789012345678901"})",
             "ValidationException",
             "1 validation error detected: Value at 'input' failed to satisfy constraint: Member "
             "must have length less than or equal to 20"},
        Case{"another_type", "ListExecutions", R"({"maxResults":"7"})", "SerializationException",
             "A member of the request has another type"}),
    [](const auto& info) { return info.param.name; });

TEST(ServiceModel, KnowsItsOperationsOnly) {
  EXPECT_EQ(InputOf("Describe"), nullptr);
  EXPECT_EQ(InputOf(""), nullptr);
  EXPECT_EQ(OperationText("StopExecution"), "StopExecution");
  EXPECT_EQ(OperationText("StopExecutions"), "");
}

}  // namespace
}  // namespace segue::api::states
