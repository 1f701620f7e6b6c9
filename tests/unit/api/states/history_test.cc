#include "server/api/states/history.h"

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace segue::api::states {
namespace {

using engine::HistoryEvent;
using engine::HistoryEventType;

const HistoryNames kNames{
    .region = "eu-west-1",
    .input = R"({"a": 1})",
    .role = "arn:aws:iam::1:role/r",
    .version = "",
    .alias = "",
    .map_runs = "arn:aws:states:eu-west-1:1:mapRun:machine/",
};

// An event with every field set: what its details leave out is what the type does not have.
HistoryEvent Full(HistoryEventType type, std::string_view resource, std::string_view kind) {
  HistoryEvent event;
  event.id = 7;
  event.previous_id = 6;
  event.time = absl::FromUnixMillis(1'500);
  event.type = type;
  event.name = "S";
  event.input = Json::Of({{"i", 1}});
  event.output = Json::Of({{"o", 1}});
  event.assigned = Json::Of({{"v", "x"}});
  event.error = "E";
  event.cause = "C";
  event.location = "Output";
  event.resource = std::string(resource);
  event.resource_type = std::string(kind);
  event.parameters = Json::Of({{"p", 1}});
  event.timeout_seconds = 5;
  event.heartbeat_seconds = 2;
  event.index = 3;
  event.length = 4;
  event.worker = "w";
  event.credentials_role = "role";
  event.map_run = "label:uuid";
  event.redrive_count = 1;
  return event;
}

HistoryEvent WithoutResult(HistoryEvent event) {
  event.output.reset();
  event.error.reset();
  event.cause.reset();
  event.worker.clear();
  return event;
}

struct Case {
  HistoryEvent event;
  std::string expected;  // the members that not all events have
};

void Check(const std::vector<Case>& cases) {
  for (const Case& row : cases) {
    Json json = HistoryEventJson(row.event, kNames, ExecutionData::kInclude);
    const Json head = Json::Of({{"timestamp", 1.5}, {"id", 7}, {"previousEventId", 6}});
    std::vector<Json::Member> rest;
    for (const auto& [name, member] : json.object()) {
      const Json* common = head.Find(name);
      if (common == nullptr) rest.emplace_back(name, member);
      if (common != nullptr) {
        EXPECT_EQ(member, *common) << name;
      }
    }
    EXPECT_EQ(json.object().size(), rest.size() + head.object().size());
    EXPECT_EQ(Json::Object(std::move(rest)), Json::Parse("{" + row.expected + "}").value());
  }
}

TEST(HistoryTest, EachTypeHasItsDetails) {
  const auto full = [](HistoryEventType type) { return Full(type, "", ""); };
  const std::vector<Case> cases = {
      {full(HistoryEventType::kExecutionStarted),
       R"("type":"ExecutionStarted","executionStartedEventDetails":{"input":"{\"a\": 1}",)"
       R"("inputDetails":{"truncated":false},"roleArn":"arn:aws:iam::1:role/r"})"},
      {full(HistoryEventType::kPassStateEntered),
       R"("type":"PassStateEntered","stateEnteredEventDetails":{"name":"S","input":"{\"i\":1}",)"
       R"("inputDetails":{"truncated":false}})"},
      {full(HistoryEventType::kPassStateExited),
       R"("type":"PassStateExited","stateExitedEventDetails":{"name":"S","output":"{\"o\":1}",)"
       R"("outputDetails":{"truncated":false},"assignedVariables":{"v":"\"x\""},)"
       R"("assignedVariablesDetails":{"truncated":false}})"},
      {full(HistoryEventType::kEvaluationFailed),
       R"("type":"EvaluationFailed","evaluationFailedEventDetails":{"error":"E","cause":"C",)"
       R"("location":"Output","state":"S"})"},
      {full(HistoryEventType::kMapIterationFailed),
       R"("type":"MapIterationFailed","mapIterationFailedEventDetails":{"name":"S","index":3})"},
      {full(HistoryEventType::kMapStateStarted),
       R"("type":"MapStateStarted","mapStateStartedEventDetails":{"length":4})"},
      {full(HistoryEventType::kMapStateFailed), R"("type":"MapStateFailed")"},
      {full(HistoryEventType::kMapRunStarted),
       R"("type":"MapRunStarted","mapRunStartedEventDetails":)"
       R"({"mapRunArn":"arn:aws:states:eu-west-1:1:mapRun:machine/label:uuid"})"},
      {full(HistoryEventType::kMapRunFailed),
       R"("type":"MapRunFailed","mapRunFailedEventDetails":{"error":"E","cause":"C"})"},
      {full(HistoryEventType::kMapRunRedriven),
       R"("type":"MapRunRedriven","mapRunRedrivenEventDetails":)"
       R"({"mapRunArn":"arn:aws:states:eu-west-1:1:mapRun:machine/label:uuid","redriveCount":1})"},
      {full(HistoryEventType::kExecutionRedriven),
       R"("type":"ExecutionRedriven","executionRedrivenEventDetails":{"redriveCount":1})"},
  };
  Check(cases);
}

TEST(HistoryTest, TasksOfFunctionsAndActivitiesHaveTheirOwn) {
  constexpr std::string_view kSqs = "arn:aws:states:::sqs:sendMessage.waitForTaskToken";
  constexpr std::string_view kFunction = "arn:aws-cn:lambda:cn-north-1:1:function:f";
  constexpr std::string_view kActivity = "arn:aws:states:eu-west-1:1:activity:a";
  const std::vector<Case> cases = {
      {Full(HistoryEventType::kTaskScheduled, kSqs, "sqs"),
       R"("type":"TaskScheduled","taskScheduledEventDetails":{"resourceType":"sqs",)"
       R"("resource":"sendMessage.waitForTaskToken","region":"eu-west-1",)"
       R"("parameters":"{\"p\":1}","timeoutInSeconds":5,"heartbeatInSeconds":2,)"
       R"("taskCredentials":{"roleArn":"role"}})"},
      {Full(HistoryEventType::kTaskScheduled, kFunction, "lambda"),
       R"("type":"LambdaFunctionScheduled","lambdaFunctionScheduledEventDetails":)"
       R"({"resource":"arn:aws-cn:lambda:cn-north-1:1:function:f","input":"{\"p\":1}",)"
       R"("inputDetails":{"truncated":false},"timeoutInSeconds":5,)"
       R"("taskCredentials":{"roleArn":"role"}})"},
      {Full(HistoryEventType::kTaskScheduled, kActivity, "activity"),
       R"("type":"ActivityScheduled","activityScheduledEventDetails":)"
       R"({"resource":"arn:aws:states:eu-west-1:1:activity:a","input":"{\"p\":1}",)"
       R"("inputDetails":{"truncated":false},"timeoutInSeconds":5,"heartbeatInSeconds":2})"},
      {WithoutResult(Full(HistoryEventType::kTaskStarted, kSqs, "sqs")),
       R"("type":"TaskStarted","taskStartedEventDetails":{"resourceType":"sqs",)"
       R"("resource":"sendMessage.waitForTaskToken"})"},
      {WithoutResult(Full(HistoryEventType::kTaskStarted, kFunction, "lambda")),
       R"("type":"LambdaFunctionStarted")"},
      {Full(HistoryEventType::kTaskFailed, kFunction, "lambda"),
       R"("type":"LambdaFunctionFailed","lambdaFunctionFailedEventDetails":{"workerName":"w",)"
       R"("output":"{\"o\":1}","outputDetails":{"truncated":false},"error":"E","cause":"C"})"},
      {Full(HistoryEventType::kTaskStateAborted, kSqs, "sqs"), R"("type":"TaskStateAborted")"},
  };
  Check(cases);
}

TEST(HistoryTest, AnIntegrationIsItsServiceAndAction) {
  struct Row {
    std::string resource, type, name;
  };
  for (const Row& row : std::vector<Row>{
           {"arn:aws:states:::lambda:invoke", "lambda", "invoke"},
           {"arn:aws:states:::states:startExecution.sync:2", "states", "startExecution.sync:2"},
           {"arn:aws:states:::aws-sdk:s3:getObject", "aws-sdk:s3", "getObject"},
           {"arn:aws-us-gov:states:::http:invoke", "http", "invoke"},
           {"grpc:stock/shop.v1.Stock/Reserve", "grpc", "stock/shop.v1.Stock/Reserve"},
           {"http:stock", "http", "stock"},
           {"worker:pack", "worker", "pack"},
       }) {
    SCOPED_TRACE(row.resource);
    const Json json = HistoryEventJson(
        WithoutResult(Full(HistoryEventType::kTaskStarted, row.resource, row.type)), kNames,
        ExecutionData::kInclude);
    const Json expected = Json::Of({{"resourceType", row.type}, {"resource", row.name}});
    ASSERT_NE(json.Find("taskStartedEventDetails"), nullptr);
    EXPECT_EQ(*json.Find("taskStartedEventDetails"), expected);
  }
}

TEST(HistoryTest, DataCanBeLeftOut) {
  const HistoryEvent event = Full(HistoryEventType::kPassStateExited, "", "");
  const Json json = HistoryEventJson(event, kNames, ExecutionData::kOmit);
  EXPECT_EQ(json.Find("stateExitedEventDetails")->Dump(), R"({"name":"S"})");
}

TEST(HistoryTest, EveryTypeCanBeShown) {
  std::set<std::string> types;
  for (int i = 0; i <= static_cast<int>(HistoryEventType::kLast); ++i) {
    const Json json = HistoryEventJson(Full(static_cast<HistoryEventType>(i), "", ""), kNames,
                                       ExecutionData::kInclude);
    EXPECT_TRUE(types.insert(*json.FindString("type")).second) << json.Dump();
  }
}

}  // namespace
}  // namespace segue::api::states
