#include "server/api/states/test_state/request.h"

#include <gtest/gtest.h>

#include <string>

namespace segue::api::states {
namespace {

TEST(ReadTestStateRequest, ReadsEveryMember) {
  const auto request = ReadTestStateRequest(Json::Parse(R"({
        "definition": "{}", "roleArn": "arn", "input": "1", "inspectionLevel": "TRACE",
        "revealSecrets": true, "variables": "{}", "stateName": "A", "context": "{}",
        "mock": {"errorOutput": {"error": "E", "cause": "C"}, "fieldValidationMode": "PRESENT"},
        "stateConfiguration": {"retrierRetryCount": 1, "errorCausedByState": "B",
                               "mapIterationFailureCount": 2, "mapItemReaderData": "[]"}})")
                                                .value());
  ASSERT_TRUE(request.ok()) << request.error().message;
  EXPECT_EQ(request->definition, "{}");
  EXPECT_EQ(request->role_arn, "arn");
  EXPECT_EQ(request->input, "1");
  EXPECT_EQ(request->level, InspectionLevel::kTrace);
  EXPECT_EQ(request->secrets, TestStateRequest::Secrets::kReveal);
  EXPECT_EQ(request->state_name, "A");
  EXPECT_EQ(request->mock->error, (WorkflowError{"E", "C"}));
  EXPECT_EQ(request->mock->validation, FieldValidation::kPresent);
  EXPECT_EQ(request->configuration.retrier_retry_count, 1);
  EXPECT_EQ(request->configuration.error_caused_by_state, "B");
  EXPECT_EQ(request->configuration.map_iteration_failure_count, 2);
  EXPECT_EQ(request->configuration.map_item_reader_data, "[]");
}

TEST(ReadTestStateRequest, RefusesWhatTheModelDoesNotAllow) {
  const struct {
    const char* request;
    const char* type;
    const char* message;
  } cases[] = {
      {"{}", "ValidationException",
       "1 validation error detected: Value null at 'definition' failed to satisfy constraint: "
       "Member must not be null"},
      {R"({"definition": "", "inspectionLevel": "X"})", "ValidationException",
       "2 validation errors detected: Value at 'definition' failed to satisfy constraint: Member "
       "must have length greater than or equal to 1; Value 'X' at 'inspectionLevel' failed to "
       "satisfy constraint: Member must satisfy enum value set: [INFO, DEBUG, TRACE]"},
      {R"({"definition": "{}", "stateConfiguration": {"retrierRetryCount": -1}})",
       "ValidationException",
       "1 validation error detected: Value '-1' at 'stateConfiguration.retrierRetryCount' failed "
       "to satisfy constraint: Member must have value greater than or equal to 0"},
      {R"({"definition": {}})", "SerializationException",
       "The member 'definition' is of another type than the model's"},
      {R"({"definition": "{}", "mock": {"errorOutput": {"error": 1}}})", "SerializationException",
       "The member 'mock.errorOutput.error' is of another type than the model's"},
  };
  for (const auto& one : cases) {
    const auto request = ReadTestStateRequest(Json::Parse(one.request).value());
    ASSERT_FALSE(request.ok()) << one.request;
    EXPECT_EQ(request.error(), (ApiError{one.type, one.message}));
  }
}

}  // namespace
}  // namespace segue::api::states
