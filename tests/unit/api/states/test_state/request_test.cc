#include "server/api/states/test_state/request.h"

#include <gtest/gtest.h>

#include <optional>

namespace segue::api::states {
namespace {

TEST(ReadTestStateRequest, ReadsEveryMember) {
  const TestStateRequest request = ReadTestStateRequest(Json::Parse(R"({
        "definition": "{}", "roleArn": "arn", "input": "1", "inspectionLevel": "TRACE",
        "revealSecrets": true, "variables": "{}", "stateName": "A", "context": "{}",
        "mock": {"errorOutput": {"error": "E", "cause": "C"}, "fieldValidationMode": "PRESENT"},
        "stateConfiguration": {"retrierRetryCount": 1, "errorCausedByState": "B",
                               "mapIterationFailureCount": 2, "mapItemReaderData": "[]"}})")
                                                            .value());
  EXPECT_EQ(request.definition, "{}");
  EXPECT_EQ(request.role_arn, "arn");
  EXPECT_EQ(request.input, "1");
  EXPECT_EQ(request.level, InspectionLevel::kTrace);
  EXPECT_EQ(request.secrets, TestStateRequest::Secrets::kReveal);
  EXPECT_EQ(request.state_name, "A");
  EXPECT_EQ(request.mock->error, (WorkflowError{"E", "C"}));
  EXPECT_EQ(request.mock->validation, FieldValidation::kPresent);
  EXPECT_EQ(request.configuration.retrier_retry_count, 1);
  EXPECT_EQ(request.configuration.error_caused_by_state, "B");
  EXPECT_EQ(request.configuration.map_iteration_failure_count, 2);
  EXPECT_EQ(request.configuration.map_item_reader_data, "[]");
}

TEST(ReadTestStateRequest, HasDefaults) {
  const TestStateRequest request =
      ReadTestStateRequest(Json::Parse(R"({"definition": "{}", "mock": {"result": "1"}})").value());
  EXPECT_EQ(request.level, InspectionLevel::kInfo);
  EXPECT_EQ(request.secrets, TestStateRequest::Secrets::kHide);
  EXPECT_EQ(request.mock->validation, FieldValidation::kStrict);
  EXPECT_EQ(request.mock->result, "1");
  EXPECT_EQ(request.mock->error, std::nullopt);
  EXPECT_EQ(request.input, std::nullopt);
  EXPECT_EQ(request.configuration.retrier_retry_count, std::nullopt);
}

}  // namespace
}  // namespace segue::api::states
