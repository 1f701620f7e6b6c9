#include "server/api/states/test_state/test_state.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/unit/api/states/test_state/state_cases.h"

namespace segue::api::states {
namespace {

constexpr char kTask[] = R"({"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage",
    "Parameters": {"QueueUrl.$": "$.queue", "MessageBody": "hello"},
    "ResultSelector": {"id.$": "$.MessageId"}, "ResultPath": "$.sent", "Next": "After"})";

TEST(TestState, RunsStatesThatCallNothing) {
  const Case cases[] = {
      {"Pass", R"({"Type": "Pass", "Parameters": {"b.$": "$.a"}, "ResultPath": "$.c",
                   "OutputPath": "$.c", "Next": "After"})",
       R"({"input": "{\"a\": 1}"})",
       R"({"status": "SUCCEEDED", "output": {"b": 1}, "nextState": "After"})"},
      {"Pass, inspected", R"({"Type": "Pass", "Parameters": {"b.$": "$.a"}, "ResultPath": "$.c",
                              "OutputPath": "$.c", "End": true})",
       R"({"input": "{\"a\": 1}", "inspectionLevel": "DEBUG"})",
       R"({"status": "SUCCEEDED", "output": {"b": 1},
           "inspectionData": {"input": {"a": 1}, "afterInputPath": {"a": 1},
                              "afterParameters": {"b": 1}, "afterResultSelector": {"b": 1},
                              "afterResultPath": {"a": 1, "c": {"b": 1}}}})"},
      {"no input", R"({"Type": "Succeed"})", "{}", R"({"status": "SUCCEEDED", "output": {}})"},
      {"Choice", R"({"Type": "Choice", "Default": "Else", "Choices": [
                     {"Variable": "$.a", "NumericEquals": 1, "Next": "One"}]})",
       R"({"input": "{\"a\": 1}", "inspectionLevel": "TRACE"})",
       R"({"status": "SUCCEEDED", "output": {"a": 1}, "nextState": "One",
           "inspectionData": {"input": {"a": 1}, "afterInputPath": {"a": 1}}})"},
      {"Choice without a match",
       R"({"Type": "Choice", "Choices": [{"Variable": "$.a", "NumericEquals": 1, "Next": "One"}]})",
       R"({"input": "{\"a\": 2}"})",
       R"({"status": "FAILED", "error": "States.NoChoiceMatched",
           "cause": "An error occurred while executing the state 'StateName' (entered at the event id #2). Failed to transition out of the state. The state does not point to a next state."})"},
      {"Fail", R"({"Type": "Fail", "Error": "E", "CausePath": "$.why"})",
       R"({"input": "{\"why\": \"so\"}", "inspectionLevel": "DEBUG"})",
       R"({"status": "FAILED", "error": "E", "cause": "so",
           "inspectionData": {"input": {"why": "so"}, "afterInputPath": {"why": "so"}}})"},
      {"a Wait is over at once", R"({"Type": "Wait", "Seconds": 300, "Next": "After"})", "{}",
       R"({"status": "SUCCEEDED", "output": {}, "nextState": "After"})"},
      {"a Wait that is too long", R"({"Type": "Wait", "SecondsPath": "$.s", "Next": "After"})",
       R"({"input": "{\"s\": 301}"})", R"({"status": "FAILED", "error": "States.Timeout"})"},
      {"variables", R"({"Type": "Pass", "Parameters": {"b.$": "$v"}, "Assign": {"w.$": "$.b"},
                        "End": true})",
       R"({"variables": "{\"v\": 7}", "inspectionLevel": "DEBUG"})",
       R"({"status": "SUCCEEDED", "output": {"b": 7},
           "inspectionData": {"input": {}, "afterInputPath": {}, "afterParameters": {"b": 7},
                              "afterResultSelector": {"b": 7}, "afterResultPath": {"b": 7},
                              "variables": {"v": 7, "w": 7}}})"},
  };
  for (const Case& one : cases) Check(one);
}

TEST(TestState, TakesAStateOutOfAMachine) {
  const std::string machine = R"({"StartAt": "M", "States": {
      "M": {"Type": "Map", "Next": "Z", "ItemProcessor": {"StartAt": "A", "States": {
        "A": {"Type": "Pass", "Result": 1, "Next": "B"}, "B": {"Type": "Succeed"}}}},
      "Z": {"Type": "Fail", "Error": "E"}}})";
  Check({"outer", machine, R"({"stateName": "Z"})", R"({"status": "FAILED", "error": "E"})"});
  Check({"inner", machine, R"({"stateName": "A"})",
         R"({"status": "SUCCEEDED", "output": "1", "nextState": "B"})"});
  const std::string loop = R"({"StartAt": "A", "States": {
      "A": {"Type": "Choice", "Choices": [{"Variable": "$.x", "IsNull": true, "Next": "A"}],
            "Default": "B"},
      "B": {"Type": "Pass", "InputPath": "$.y", "End": true}}})";
  Check({"itself", loop, R"({"stateName": "A", "input": "{\"x\": null}"})",
         R"({"status": "SUCCEEDED", "output": {"x": null}, "nextState": "A"})"});
  Check({"named in a cause", loop, R"({"stateName": "B"})",
         R"({"status": "FAILED", "error": "States.Runtime",
             "cause": "An error occurred while executing the state 'StateName' (entered at the event id #2). Invalid path '$.y' : No results for path: $['y']"})"});
}

TEST(TestState, RunsATaskWithAMock) {
  const char* input = R"("input": "{\"queue\": \"q\"}", "inspectionLevel": "TRACE")";
  const std::string result = std::string("{") + input +
                             R"(, "mock": {"result": "{\"MessageId\": \"m\"}",
                                           "fieldValidationMode": "PRESENT"}})";
  Check({"result", kTask, result.c_str(),
         R"({"status": "SUCCEEDED", "output": {"queue": "q", "sent": {"id": "m"}},
             "nextState": "After",
             "inspectionData": {
               "input": {"queue": "q"}, "afterInputPath": {"queue": "q"},
               "afterParameters": {"QueueUrl": "q", "MessageBody": "hello"},
               "result": {"MessageId": "m"}, "afterResultSelector": {"id": "m"},
               "afterResultPath": {"queue": "q", "sent": {"id": "m"}}}})"});
  const std::string error =
      std::string("{") + input + R"(, "mock": {"errorOutput": {"error": "E", "cause": "C"}}})";
  Check({"error", kTask, error.c_str(),
         R"({"status": "FAILED", "error": "E", "cause": "C",
             "inspectionData": {
               "input": {"queue": "q"}, "afterInputPath": {"queue": "q"},
               "afterParameters": {"QueueUrl": "q", "MessageBody": "hello"}}})"});
}

TEST(TestState, TellsOfTheCallThatATaskWithoutAMockMakes) {
  const Json request = Request(kTask, R"({"roleArn": "role", "input": "{\"queue\": \"q\"}"})");
  TestStateSetting setting = Setting();
  const auto call = TestStateCallOf(request, setting);
  ASSERT_TRUE(call.ok()) << call.error().message;
  ASSERT_TRUE(call->has_value());
  EXPECT_EQ((*call)->arguments, Json::Of({{"QueueUrl", "q"}, {"MessageBody", "hello"}}));
  EXPECT_EQ(Json::Parse((*call)->definition).value(), Json::Parse(R"({
      "StartAt": "StateName", "States": {"StateName": {"Type": "Task", "End": true,
        "Resource": "arn:aws:states:::sqs:sendMessage", "TimeoutSeconds": 300}}})")
                                                          .value());
  setting.called = Outcome<Json>(Json::Of({{"MessageId", "m"}}));
  const ApiResult<Json> response = TestState(request, setting);
  ASSERT_TRUE(response.ok()) << response.error().message;
  EXPECT_EQ(Read(*response), Json::Parse(R"({"status": "SUCCEEDED", "nextState": "After",
      "output": {"queue": "q", "sent": {"id": "m"}}})")
                                 .value());
  setting.called = Outcome<Json>(WorkflowError{"E", "C"});
  EXPECT_EQ(*TestState(request, setting),
            Json::Of({{"error", "E"}, {"cause", "C"}, {"status", "FAILED"}}));
}

// In the form of the Developer Guide's example 3, "Using TRACE inspectionLevel and revealSecrets"
// (https://docs.aws.amazon.com/step-functions/latest/dg/test-state-isolation.html).
TEST(TestState, ShowsTheMessagesOfAnHttpTaskWhereTraced) {
  const std::string task = R"({"Type": "Task", "Resource": "arn:aws:states:::http:invoke",
      "Parameters": {"Method": "GET", "ApiEndpoint": "https://httpbin.org/get"}, "End": true})";
  TestStateSetting setting = Setting();
  setting.called = Outcome<Json>(Json(Json::Object()));
  setting.trace = {.request =
                       services::HttpTrace::Request{
                           .method = "GET",
                           .url = "https://httpbin.org/get?queryParam=q1",
                           .headers = {{"definitionHeader", "h1"}, {"Range", "bytes=0-262144"}},
                           .body = "{\"message\":\"Hello\"}"},
                   .response = services::HttpTrace::Response{
                       .status = 200,
                       .status_text = "OK",
                       .headers = {{"content-length", "620"}, {"server", "gunicorn/19.9.0"}},
                       .body = "{\n}\n"}};
  const auto inspected = [&](const char* more) {
    const ApiResult<Json> response = TestState(Request(task, more), setting);
    EXPECT_TRUE(response.ok());
    return *response->Find("inspectionData");
  };
  const Json traced = inspected(R"({"roleArn": "role", "inspectionLevel": "TRACE"})");
  EXPECT_EQ(*traced.Find("request"), Json::Parse(R"({
      "protocol": "https", "method": "GET", "url": "https://httpbin.org/get?queryParam=q1",
      "headers": "[definitionHeader: h1, Range: bytes=0-262144]",
      "body": "{\"message\":\"Hello\"}"})")
                                         .value());
  EXPECT_EQ(*traced.Find("response"), Json::Parse(R"({
      "protocol": "https", "statusCode": "200", "statusMessage": "OK",
      "headers": "[content-length: 620, server: gunicorn/19.9.0]", "body": "{\n}\n"})")
                                          .value());
  const Json debug = inspected(R"({"roleArn": "role", "inspectionLevel": "DEBUG"})");
  EXPECT_EQ(debug.Find("request"), nullptr);
  EXPECT_EQ(debug.Find("response"), nullptr);

  const auto secrets = [&](const char* more) {
    return (*TestStateCallOf(Request(task, more), Setting()))->secrets;
  };
  EXPECT_EQ(secrets(R"({"roleArn": "role"})"), services::HttpTrace::Secrets::kHide);
  EXPECT_EQ(secrets(R"({"roleArn": "role", "revealSecrets": true})"),
            services::HttpTrace::Secrets::kReveal);
}

TEST(TestState, MakesNoCallWhereTheTestCanDoWithout) {
  const Json cases[] = {
      Request(kTask, R"({"mock": {"result": "{}", "fieldValidationMode": "NONE"}})"),
      Request(kTask, R"({"roleArn": "role", "input": "{}"})"),  // no queue
      Request(R"({"Type": "Succeed"})", "{}"),
  };
  for (const Json& request : cases) {
    const auto call = TestStateCallOf(request, Setting());
    ASSERT_TRUE(call.ok()) << call.error().message;
    EXPECT_FALSE(call->has_value()) << request.Dump();
    EXPECT_TRUE(TestState(request, Setting()).ok());
  }
  EXPECT_FALSE(TestStateCallOf(Request("{", "{}"), Setting()).ok());
}

TEST(TestState, RetriesAndCatches) {
  const std::string task = R"({"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage",
      "Retry": [{"ErrorEquals": ["A"]},
                {"ErrorEquals": ["E"], "IntervalSeconds": 2, "BackoffRate": 3, "MaxAttempts": 2}],
      "Catch": [{"ErrorEquals": ["A"], "Next": "OnA"},
                {"ErrorEquals": ["States.ALL"], "Next": "OnE", "ResultPath": "$.error",
                 "Assign": {"seen.$": "$.Error"}}],
      "End": true})";
  const std::string request = R"({"input": "{\"a\": 1}", "inspectionLevel": "DEBUG",
      "mock": {"errorOutput": {"error": "E", "cause": "C"}})";
  const auto with = [&request](const std::string& count) {
    return request + R"(, "stateConfiguration": {"retrierRetryCount": )" + count + "}}";
  };
  Check({"first", task, (request + "}").c_str(),
         R"({"status": "RETRIABLE", "error": "E", "cause": "C",
             "inspectionData": {"input": {"a": 1}, "afterInputPath": {"a": 1},
                                "afterParameters": {"a": 1},
                                "errorDetails": {"retryIndex": 1,
                                                 "retryBackoffIntervalSeconds": 2}}})"});
  Check({"second", task, with("1").c_str(),
         R"({"status": "RETRIABLE", "error": "E", "cause": "C",
             "inspectionData": {"input": {"a": 1}, "afterInputPath": {"a": 1},
                                "afterParameters": {"a": 1},
                                "errorDetails": {"retryIndex": 1,
                                                 "retryBackoffIntervalSeconds": 6}}})"});
  Check({"used up", task, with("2").c_str(),
         R"({"status": "CAUGHT_ERROR", "error": "E", "cause": "C", "nextState": "OnE",
             "output": {"a": 1, "error": {"Error": "E", "Cause": "C"}},
             "inspectionData": {"input": {"a": 1}, "afterInputPath": {"a": 1},
                                "afterParameters": {"a": 1}, "variables": {"seen": "E"},
                                "errorDetails": {"catchIndex": 1}}})"});
}

constexpr char kProcessor[] =
    R"("ItemProcessor": {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
                         "StartAt": "P", "States": {"P": {"Type": "Pass", "End": true}}})";

TEST(TestState, RunsAMapWithAMock) {
  const std::string map = std::string(R"({"Type": "Map", "End": true, "ItemsPath": "$.items",
      "ItemSelector": {"v.$": "$$.Map.Item.Value", "all.$": "$.k"}, "MaxConcurrencyPath": "$.k",
      "ToleratedFailurePercentage": 50, "ItemBatcher": {"MaxItemsPerBatch": 2}, )") +
                          kProcessor + "}";
  const char* input = R"("input": "{\"k\": 5, \"items\": [1, 2, 3]}", "inspectionLevel": "DEBUG")";
  const std::string result = std::string("{") + input + R"(, "mock": {"result": "[7, 8]"}})";
  Check({"result", map, result.c_str(),
         R"({"status": "SUCCEEDED", "output": [7, 8],
             "inspectionData": {
               "input": {"k": 5, "items": [1, 2, 3]},
               "afterInputPath": {"k": 5, "items": [1, 2, 3]}, "afterItemsPath": [1, 2, 3],
               "afterItemSelector": [{"v": 1, "all": 5}, {"v": 2, "all": 5}, {"v": 3, "all": 5}],
               "afterItemBatcher": [{"Items": [{"v": 1, "all": 5}, {"v": 2, "all": 5}]},
                                    {"Items": [{"v": 3, "all": 5}]}],
               "maxConcurrency": 5, "toleratedFailurePercentage": 50,
               "afterResultSelector": [7, 8], "afterResultPath": [7, 8]}})"});
}

TEST(TestState, CountsTheFailuresOfAMap) {
  const auto map = [](const std::string& more) {
    return R"({"Type": "Map", "End": true, )" + more + kProcessor + "}";
  };
  const auto request = [](int failures, const std::string& mock) {
    return R"({"input": "[1, 2, 3]", "stateConfiguration": {"mapIterationFailureCount": )" +
           std::to_string(failures) + R"(}, "mock": )" + mock + "}";
  };
  const std::string result = R"({"result": "[1, 2, 3]"})";
  const std::string error = R"({"errorOutput": {"error": "E"}})";
  const std::string two = R"("ToleratedFailureCount": 2, )";
  const char* ok = R"({"status": "SUCCEEDED", "output": [1, 2, 3]})";
  const char* failed = R"({"status": "FAILED", "error": "E"})";
  const char* exceeded = R"({"status": "FAILED", "error": "States.ExceedToleratedFailureThreshold",
                             "cause": "The specified tolerated failure threshold was exceeded"})";
  Check({"tolerated", map(two), request(2, result).c_str(), ok});
  Check({"more than tolerated", map(two), request(3, result).c_str(), exceeded});
  Check({"none tolerated", map(""), request(1, result).c_str(), exceeded});
  Check({"an error, tolerated", map(two), request(2, error).c_str(), failed});
  Check({"an error, more than tolerated", map(two), request(3, error).c_str(), exceeded});
  Check({"an error, no threshold", map(""), request(2, error).c_str(), failed});
}

TEST(TestState, ReadsTheItemsOfAReader) {
  const std::string map = std::string(R"({"Type": "Map", "End": true, "ItemReader": {
      "Resource": "arn:aws:states:::s3:getObject", "Parameters": {"Bucket": "b", "Key": "k"},
      "ReaderConfig": {"InputType": "JSON", "ItemsPointer": "/rows/0", "MaxItems": 2}}, )") +
                          kProcessor + "}";
  Check({"reader", map,
         R"({"inspectionLevel": "DEBUG", "mock": {"result": "[1, 2]"},
             "stateConfiguration": {"mapItemReaderData": "{\"rows\": [[4, 5, 6]]}"}})",
         R"({"status": "SUCCEEDED", "output": [1, 2],
             "inspectionData": {"input": {}, "afterInputPath": {}, "afterItemsPointer": [4, 5, 6],
                                "maxConcurrency": 0, "afterResultSelector": [1, 2],
                                "afterResultPath": [1, 2]}})"});
}

TEST(TestState, ShowsTheContextObject) {
  const std::string pass = R"({"Type": "Pass", "Parameters": {"c.$": "$$"}, "End": true})";
  const Json context = *Response(Request(pass, R"({"roleArn": "role"})")).Find("output")->Find("c");
  EXPECT_EQ(*context.Find("State"),
            Json::Of({{"Name", "StateName"}, {"EnteredTime", "2023-11-14T22:13:20.000Z"}}));
  const Json& execution = *context.Find("Execution");
  const Json& machine = *context.Find("StateMachine");
  EXPECT_EQ(*machine.FindString("Id"),
            "arn:aws:states:eu-west-1:123456789012:stateMachine:" + *machine.FindString("Name"));
  EXPECT_EQ(*execution.FindString("Id"),
            "arn:aws:states:eu-west-1:123456789012:express:" + *machine.FindString("Name") + ":" +
                *execution.FindString("Name"));
  EXPECT_EQ(*execution.FindString("RoleArn"), "role");

  const std::string task = R"({"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke",
      "Parameters": {"FunctionName": "f"}, "ResultSelector": {"c.$": "$$"}, "End": true})";
  Check({"given", task, R"({"context": "{\"State\": {\"RetryCount\": 3}}",
                            "mock": {"result": "{}"}})",
         R"({"status": "SUCCEEDED", "output": {"c": {"State": {"RetryCount": 3}}}})"});
}

TEST(TestState, RefusesRequests) {
  const std::string pass = R"({"Type": "Pass", "End": true})";
  const std::string parallel = R"({"Type": "Parallel", "End": true, "Branches": [
      {"StartAt": "B", "States": {"B": {"Type": "Succeed"}}}]})";
  const std::string map = std::string(R"({"Type": "Map", "End": true, )") + kProcessor + "}";
  const std::string reader = std::string(R"({"Type": "Map", "End": true, "ItemReader": {
      "Resource": "arn:aws:states:::s3:getObject"}, )") +
                             kProcessor + "}";
  const std::string machine = R"({"StartAt": "A", "States": {"A": {"Type": "Succeed"}}})";
  const struct {
    std::string definition;
    const char* request;
    const char* type;
    const char* message;
  } cases[] = {
      {"{}", "{}", "InvalidDefinition",
       "Invalid State Machine Definition: 'SCHEMA_VALIDATION_FAILED: These fields are required: "
       "[Type] at /States/StateName'"},
      {machine, R"({"stateName": "B"})", "ValidationException", "State not found in definition"},
      {pass, R"({"input": "{"})", "InvalidExecutionInput", nullptr},
      {pass, R"({"variables": "[]"})", "ValidationException",
       "Variables must be a valid JSON object"},
      {pass, R"({"context": "{}"})", "ValidationException",
       "TestState does not support Context when a mock is not specified."},
      {parallel, "{}", "InvalidDefinition",
       "TestState API does not support Map or Parallel states. Supported state types include: "
       "[Task, Wait, Pass, Succeed, Fail, Choice]"},
      {map, R"({"stateConfiguration": {"mapIterationFailureCount": 0}})", "ValidationException",
       "TestState does not support MapIterationFailureCount when a mock is not specified."},
      {map, R"({"input": "[1, 2]", "mock": {"result": "[1, 2]"},
                "stateConfiguration": {"mapIterationFailureCount": 3}})",
       "ValidationException",
       "Map iteration failure count must be less than or equal to the number of Map iterations"},
      {map, R"({"input": "[1, 2]", "mock": {"result": "[1]"}})", "ValidationException",
       "Input array does not equal the mocked result array's size."},
      {map, R"({"input": "[]", "mock": {"errorOutput": {"error": "E"}},
                "stateConfiguration": {"errorCausedByState": "None"}})",
       "ValidationException", "State not found in definition"},
      {reader, R"({"mock": {"result": "[]"}})", "ValidationException",
       "ItemReader data must be specified when testing a Map state with ItemReader specified."},
      {kTask, "{}", "ValidationException", "RoleArn must be specified when testing a Task state"},
      {kTask, R"({"roleArn": "role", "input": "{\"queue\": \"q\"}"})", "ValidationException",
       "A mock must be specified when testing a Task state"},
      {R"({"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
           "End": true})",
       R"({"roleArn": "role"})", "InvalidDefinition",
       "TestState API does not support '.sync' or '.waitForTaskToken' integration patterns."},
  };
  for (const auto& one : cases) {
    SCOPED_TRACE(one.definition + " " + one.request);
    const ApiResult<Json> response = TestState(Request(one.definition, one.request), Setting());
    ASSERT_FALSE(response.ok());
    EXPECT_EQ(response.error().type, one.type);
    if (one.message != nullptr) EXPECT_EQ(response.error().message, one.message);
  }
}

}  // namespace
}  // namespace segue::api::states
