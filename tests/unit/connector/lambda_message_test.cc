#include "services/connector/lambda/lambda_message.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace segue::services {
namespace {

constexpr char kArn[] = "arn:aws:lambda:us-east-1:000000000000:function:echo";

HttpResponse Response(int status, std::string body, HttpHeaders headers = {}) {
  HttpResponse response;
  response.result = HttpResponse::Result::kResponse;
  response.status = status;
  response.body = std::move(body);
  response.headers = std::move(headers);
  response.headers.emplace_back("x-amzn-requestid", "r-1");
  return response;
}

TEST(LambdaMessageTest, TheIntegrationsParametersBecomeARequest) {
  Call call{.method = kLambdaInvoke};
  call.arguments = Json::Of({{"FunctionName", kArn},
                             {"Payload", Json::Of({{"a", 1}})},
                             {"Qualifier", "blue"},
                             {"InvocationType", "RequestResponse"}});
  const auto request = MakeInvokeRequest(call, "http://l");
  ASSERT_TRUE(request.ok()) << request.status();
  EXPECT_EQ(request->method, "POST");
  EXPECT_EQ(request->url,
            "http://l/2015-03-31/functions/arn%3Aaws%3Alambda%3Aus-east-1%3A000000000000%3A"
            "function%3Aecho/invocations?Qualifier=blue");
  EXPECT_EQ(request->body, R"({"a":1})");
  EXPECT_EQ(request->headers[1].first, "X-Amz-Invocation-Type");
}

TEST(LambdaMessageTest, AFunctionsArnSendsItsWholeArguments) {
  Call call{.method = kArn, .arguments = Json("HelloWorld")};
  const auto request = MakeInvokeRequest(call, "http://l");
  ASSERT_TRUE(request.ok());
  EXPECT_EQ(request->body, "\"HelloWorld\"");
}

TEST(LambdaMessageTest, AFunctionMustBeNamed) {
  Call call{.method = kLambdaInvoke, .arguments = Json::Object()};
  EXPECT_TRUE(absl::IsInvalidArgument(MakeInvokeRequest(call, "http://l").status()));
}

TEST(LambdaMessageTest, WhatAFunctionReturns) {
  const std::vector<std::pair<const char*, const char*>> rows = {
      {"{}", "{}"}, {"0", "0"}, {"\"x\"", "\"x\""}, {R"("\"x\"")", "\"x\""}, {"", "null"}};
  for (const auto& [body, result] : rows) {
    EXPECT_EQ(MakeInvokeResult(Response(200, body), kArn).outcome->Dump(), result) << body;
  }
}

TEST(LambdaMessageTest, TheIntegrationsResultIsTheSdks) {
  const CallResult result = MakeInvokeResult(Response(200, "[1]",
                                                      {{"content-type", "application/json"},
                                                       {"x-amz-executed-version", "$LATEST"},
                                                       {"server", "somebody's"}}),
                                             kLambdaInvoke);
  EXPECT_EQ(result.outcome->Dump(),
            R"({"ExecutedVersion":"$LATEST","Payload":[1],"SdkHttpMetadata":{"AllHttpHeaders":)"
            R"({"Content-Type":["application/json"],"X-Amz-Executed-Version":["$LATEST"],)"
            R"("x-amzn-RequestId":["r-1"]},"HttpHeaders":{"Content-Type":"application/json",)"
            R"("X-Amz-Executed-Version":"$LATEST","x-amzn-RequestId":"r-1"},"HttpStatusCode":200},)"
            R"("SdkResponseMetadata":{"RequestId":"r-1"},"StatusCode":200})");
}

TEST(LambdaMessageTest, Errors) {
  const HttpHeaders failed = {{"x-amz-function-error", "Unhandled"}};
  const std::string body = R"({"errorMessage": "no", "errorType": "Sad"})";
  const std::string compact = R"({"errorMessage":"no","errorType":"Sad"})";
  struct Row {
    HttpResponse response;
    const char* method;
    WorkflowError error;
  };
  const std::vector<Row> rows = {
      {Response(200, body, failed), kArn, {"Sad", body}},
      {Response(200, body, failed), kLambdaInvoke, {"Sad", compact}},
      {Response(200, "what", failed), kArn, {"Lambda.Unknown", "what"}},
      {Response(404, R"({"Message":"gone"})", {{"x-amzn-errortype", "ResourceNotFoundException"}}),
       kArn,
       {"Lambda.ResourceNotFoundException",
        "gone (Service: AWSLambda; Status Code: 404; Error Code: ResourceNotFoundException; "
        "Request ID: r-1; Proxy: null)"}},
      {Response(200, "nonsense"), kArn, {"Lambda.MalformedResponse", ""}},
  };
  for (const Row& row : rows) {
    const CallResult result = MakeInvokeResult(row.response, row.method);
    ASSERT_FALSE(result.outcome.ok());
    EXPECT_EQ(result.outcome.error().name, row.error.name);
    if (!row.error.cause.empty()) {
      EXPECT_EQ(result.outcome.error().cause, row.error.cause);
    }
  }
}

}  // namespace
}  // namespace segue::services
