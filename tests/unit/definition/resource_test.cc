#include "server/language/resource.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace segue::language {
namespace {

using ::testing::HasSubstr;
using Kind = Resource::Kind;
using Completion = Resource::Completion;

TEST(Resource, ReadsEveryForm) {
  const struct {
    const char* text;
    Kind kind;
    const char* service;
    const char* method;
    Completion completion = Completion::kResponse;
  } rows[] = {
      {"grpc:inventory/shop.v1.Inventory/Reserve", Kind::kGrpc, "inventory",
       "shop.v1.Inventory/Reserve"},
      {"grpc:a/B/C.waitForTaskToken", Kind::kGrpc, "a", "B/C", Completion::kTaskToken},
      {"http:payments", Kind::kHttp, "payments", ""},
      {"http:payments.waitForTaskToken", Kind::kHttp, "payments", "", Completion::kTaskToken},
      {"sql:orders-db", Kind::kSql, "orders-db", ""},
      {"worker:render/video", Kind::kWorker, "render/video", ""},
      {"arn:aws:states:::http:invoke", Kind::kHttpInvoke, "http", "invoke"},
      {"arn:aws:states:::lambda:invoke", Kind::kLambda, "lambda", "invoke"},
      {"arn:aws:states:::lambda:invoke.waitForTaskToken", Kind::kLambda, "lambda", "invoke",
       Completion::kTaskToken},
      {"arn:aws:lambda:us-east-1:123456789012:function:f", Kind::kLambda, "lambda", ""},
      {"arn:aws-cn:lambda:::function:f:$LATEST", Kind::kLambda, "lambda", ""},
      {"arn:aws:states:us-east-1:123456789012:activity:sign-off", Kind::kActivity, "sign-off", ""},
      {"arn:aws:states:::states:startExecution", Kind::kStartExecution, "states", "startExecution"},
      {"arn:aws:states:::states:startExecution.sync", Kind::kStartExecution, "states",
       "startExecution", Completion::kSync},
      {"arn:aws:states:::states:startExecution.sync:2", Kind::kStartExecution, "states",
       "startExecution", Completion::kSync2},
      {"arn:aws:states:::sqs:sendMessage.waitForTaskToken", Kind::kAwsService, "sqs", "sendMessage",
       Completion::kTaskToken},
      {"arn:aws:states:::batch:submitJob.sync", Kind::kAwsService, "batch", "submitJob",
       Completion::kSync},
      {"arn:aws:states:::aws-sdk:s3:putObject", Kind::kAwsService, "aws-sdk:s3", "putObject"},
      {"foo:bar", Kind::kOther, "", ""},
      {"arn:aws:swf:us-east-1:123456789012:task:X", Kind::kOther, "", ""},
  };
  for (const auto& row : rows) {
    const auto resource = ParseResource(row.text);
    ASSERT_TRUE(resource.ok()) << row.text << ": " << resource.status();
    EXPECT_EQ(resource->kind, row.kind) << row.text;
    EXPECT_EQ(resource->service, row.service) << row.text;
    EXPECT_EQ(resource->method, row.method) << row.text;
    EXPECT_EQ(resource->completion, row.completion) << row.text;
    EXPECT_EQ(resource->text, row.text);
  }
}

TEST(Resource, SaysWhatIsWrong) {
  const struct {
    const char* text;
    const char* message;
  } rows[] = {
      {"", "is not recognized"},
      {"functionARN", "is not recognized"},
      {"two words:x", "is not recognized"},
      {"grpc:inventory", "grpc:<service>/<package.Service>/<Method>"},
      {"grpc:inventory/shop..Inventory/Reserve", "grpc:<service>/<package.Service>/<Method>"},
      {"grpc:/shop.Inventory/Reserve", "grpc:<service>/<package.Service>/<Method>"},
      {"grpc:a/b.C/D/E", "grpc:<service>/<package.Service>/<Method>"},
      {"http://example.com/x", "ApiEndpoint"},
      {"http:", "name of a configured service"},
      {"sql:two words", "name of a configured service"},
      {"worker:", "task type"},
      {"arn:aws:lambda:us-east-1:123456789012:function:f:", "is not recognized"},
      {"arn:aws:lambda:us-east-1:123456789012:function:f:$*#", "is not recognized"},
      {"arn:aws:lambda:us-east-1:123456789012;:function:f", "is not recognized"},
      {"arn:aws:states:::dynamodb:query", "is not recognized"},
      {"arn:aws:states:::sqs:sendMessage.sync", "is not recognized"},
      {"arn:aws:states:::aws-sdk:s3:putObject.sync", "is not recognized"},
      {"arn:aws:states:::dynamodb:putItem.waitForTaskToken", "is not recognized"},
      {"arn:aws:states", "is not recognized"},
  };
  for (const auto& row : rows) {
    const auto resource = ParseResource(row.text);
    ASSERT_FALSE(resource.ok()) << row.text;
    EXPECT_THAT(std::string(resource.status().message()), HasSubstr(row.message)) << row.text;
  }
}

}  // namespace
}  // namespace segue::language
