#include "server/api/states/test_state/mock.h"

#include <gtest/gtest.h>

#include <string>

#include "server/api/states/test_state/definition.h"

namespace segue::api::states {
namespace {

language::State StateOf(const std::string& definition) {
  const auto tested = FindTestedState(definition, std::nullopt);
  EXPECT_TRUE(tested.ok()) << tested.error().message;
  return tested->state();
}

std::string Task(const std::string& resource) {
  return R"({"Type": "Task", "Resource": ")" + resource + R"(", "End": true})";
}

constexpr char kBranch[] = R"({"StartAt": "B", "States": {"B": {"Type": "Pass", "End": true}}})";

std::string Parallel() {
  return std::string(R"({"Type": "Parallel", "End": true, "Branches": [)") + kBranch + "]}";
}

std::string Map(const std::string& more) {
  return std::string(R"({"Type": "Map", "End": true, "ItemProcessor": )") + kBranch + more + "}";
}

constexpr char kSchema[] = "Mock result schema validation error: ";

// What is wrong with a mocked result of the state; "": nothing.
std::string FaultOf(const std::string& definition, const std::string& result) {
  TestStateRequest request;
  request.mock = MockInput{.result = result};
  const ApiResult<Mock> mock = ReadMock(request, StateOf(definition));
  if (mock.ok()) {
    EXPECT_EQ((*mock)->value(), Json::Parse(result).value());
    return "";
  }
  EXPECT_EQ(mock.error().type, "ValidationException");
  return mock.error().message;
}

TEST(ReadMock, HoldsAResultAgainstTheApi) {
  const std::string aws = "arn:aws:states:::";
  const std::string schema = kSchema;
  const struct {
    std::string resource;
    const char* result;
    std::string fault;
  } cases[] = {
      {aws + "dynamodb:putItem", R"({"ConsumedCapacity": {"CapacityUnits": 1.5}})", ""},
      {aws + "dynamodb:putItem", R"({"ConsumedCapacity": {"CapacityUnits": "1"}})",
       schema + "Field 'CapacityUnits' must be a number"},
      {aws + "dynamodb:getItem", R"({"Item": {"a": {"L": [{"BOOL": "x"}]}}})",
       schema + "Field 'BOOL' must be a boolean"},
      {aws + "aws-sdk:s3:getObject", R"({"StorageClass": "Papyrus"})",
       schema + "Field 'StorageClass' is not an expected value"},
      {aws + "aws-sdk:sfn:describeExecution", R"({})",
       schema + "Required field 'ExecutionArn' is missing"},
      {aws + "aws-sdk:eventbridge:putEvents", R"({"FailedEntryCount": "0"})",
       schema + "Field 'FailedEntryCount' must be a number"},
      {aws + "aws-sdk:emr:addJobFlowSteps", R"({"StepIds": "s"})",
       schema + "Field 'StepIds' must be an array"},
      {aws + "aws-sdk:emrserverless:startJobRun", R"({"ApplicationId": "a", "JobRunId": "r"})",
       schema + "Required field 'Arn' is missing"},
      {aws + "aws-sdk:ecs:listTasks", R"({"TaskArns": [1]})",
       schema + "Field 'TaskArns' must be a string"},
      {aws + "states:startExecution", R"({"ExecutionArn": "a", "StartDate": "b"})", ""},
      {aws + "states:startExecution", R"({"ExecutionArn": "a"})",
       schema + "Required field 'StartDate' is missing"},
      {aws + "states:startExecution.sync", R"({"ExecutionArn": "a", "StartDate": "b"})",
       schema + "Required field 'StateMachineArn' is missing"},
      {aws + "states:startExecution.sync:2",
       R"({"ExecutionArn": "a", "StateMachineArn": "b", "Status": "SUCCEEDED", "StartDate": "c",
           "Output": {"a": 1}})",
       ""},
      // A function's payload is JSON; what a token brings, and an endpoint's answer, is anything.
      {aws + "lambda:invoke", R"({"Payload": {"a": 1}, "StatusCode": 200})", ""},
      {aws + "lambda:invoke", R"({"StatusCode": "200"})",
       schema + "Field 'StatusCode' must be a number"},
      {aws + "sqs:sendMessage.waitForTaskToken", R"({"MessageId": 1})", ""},
      {aws + "apigateway:invoke", R"({"approval": true})", ""},
      {"arn:aws:lambda:us-east-1:000000000000:function:f", "[1]", ""},
      {"grpc:orders/shop.v1.Orders/Get", R"({"id": 1})", ""},
  };
  for (const auto& one : cases) {
    SCOPED_TRACE(one.resource + " " + one.result);
    EXPECT_EQ(FaultOf(Task(one.resource), one.result), one.fault);
  }
}

TEST(ReadMock, WantsOfBranchesAndIterationsAnArray) {
  const std::string array = "Mocked result must be an array.";
  const std::string writer =
      R"(, "ResultWriter": {"Resource": "arn:aws:states:::s3:putObject",
                            "Parameters": {"Bucket": "b"}})";
  EXPECT_EQ(FaultOf(Parallel(), "{}"), array);
  EXPECT_EQ(FaultOf(Parallel(), "[1]"), "");
  EXPECT_EQ(FaultOf(Parallel(), "[1, 2]"),
            "Mocked result must contain the same number of items as number of Parallel branches.");
  EXPECT_EQ(FaultOf(Map(""), "{}"), array);
  EXPECT_EQ(FaultOf(Map(""), "[1, 2]"), "");
  EXPECT_EQ(FaultOf(Map(writer), "[1]"), "Mocked result must be a JSON object.");
  EXPECT_EQ(FaultOf(Map(writer), "{}"), "");
}

TEST(ReadMock, RefusesWhatIsNoMockOfTheState) {
  const std::string task = Task("arn:aws:states:::lambda:invoke");
  const MockInput result{.result = "{}"};
  const struct {
    std::string definition;
    MockInput mock;
    TestStateRequest::Secrets secrets;
    const char* message;
  } cases[] = {
      {R"({"Type": "Pass", "End": true})", result, TestStateRequest::Secrets::kHide,
       "State type 'Pass' is not supported when a mock is specified"},
      {R"({"Type": "Wait", "Seconds": 1, "End": true})", result, TestStateRequest::Secrets::kHide,
       "State type 'Wait' is not supported when a mock is specified"},
      {task, result, TestStateRequest::Secrets::kReveal,
       "TestState does not support RevealSecrets when a mock is specified."},
      {task,
       {},
       TestStateRequest::Secrets::kHide,
       "A test mock should have only one of the following fields: [result, errorOutput]."},
      {task,
       {.result = "{}", .error = WorkflowError{"E", ""}},
       TestStateRequest::Secrets::kHide,
       "A test mock should have only one of the following fields: [result, errorOutput]."},
      {task,
       {.error = WorkflowError{"", "C"}},
       TestStateRequest::Secrets::kHide,
       "An error was not specified in the mocked error output."},
      {task,
       {.result = "not JSON"},
       TestStateRequest::Secrets::kHide,
       "Mocked result must be valid JSON"},
  };
  for (const auto& one : cases) {
    SCOPED_TRACE(one.message);
    TestStateRequest request;
    request.mock = one.mock;
    request.secrets = one.secrets;
    const ApiResult<Mock> mock = ReadMock(request, StateOf(one.definition));
    ASSERT_FALSE(mock.ok());
    EXPECT_EQ(mock.error(), ValidationException(one.message));
  }
}

TEST(ReadMock, TakesAnErrorAndNothing) {
  const language::State task = StateOf(Task("arn:aws:states:::lambda:invoke"));
  TestStateRequest request;
  EXPECT_FALSE((*ReadMock(request, task)).has_value());
  request.mock = MockInput{.error = WorkflowError{"E", "C"}};
  const ApiResult<Mock> mock = ReadMock(request, task);
  ASSERT_TRUE(mock.ok());
  EXPECT_EQ((*mock)->error(), (WorkflowError{"E", "C"}));
}

}  // namespace
}  // namespace segue::api::states
