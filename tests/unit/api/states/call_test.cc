#include "server/api/states/call.h"

#include <gtest/gtest.h>

#include "server/scheduler/errors.h"

namespace segue::api::states {
namespace {

TEST(FromStatus, SaysInAwsWordsWhatTheSchedulerSays) {
  const struct {
    absl::Status status;
    const char* type;
  } kCases[] = {
      {scheduler::ExecutionNotFound(ExecutionId("e")), "ExecutionDoesNotExist"},
      {scheduler::WorkflowNotFound("w", 0), "StateMachineDoesNotExist"},
      {scheduler::MapRunNotFound("uuid"), "ResourceNotFound"},
      {scheduler::MapRunClosed("uuid"), "ValidationException"},
      {scheduler::BadField("input", "BAD", "is bad"), "ValidationException"},
      {scheduler::Draining(), "ServiceUnavailable"},
      {scheduler::OutcomeUnknown(absl::InternalError("a fault")), "ServiceUnavailable"},
      {scheduler::Overloaded("TOO_MANY", "too many"), "ThrottlingException"},
      {absl::AbortedError("another was first"), "ConflictException"},
      {absl::DataLossError("damaged"), "InternalFailure"},
  };
  for (const auto& [status, type] : kCases) {
    const ApiError error = FromStatus(status);
    EXPECT_EQ(error.type, type) << status;
    EXPECT_EQ(error.message, status.message());
  }
}

}  // namespace
}  // namespace segue::api::states
