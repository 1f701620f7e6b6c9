#include "server/api/grpc/status.h"

#include <gtest/gtest.h>

#include "google/rpc/error_details.pb.h"
#include "server/base/error.h"
#include "server/scheduler/errors.h"

namespace segue::api {
namespace {

template <typename Detail>
std::optional<Detail> Find(const google::rpc::Status& status) {
  Detail detail;
  for (const auto& any : status.details()) {
    if (any.UnpackTo(&detail)) return detail;
  }
  return std::nullopt;
}

TEST(RpcStatus, EveryErrorHasErrorInfo) {
  const google::rpc::Status status = ToRpcStatus(absl::InternalError("broken"));
  const auto info = Find<google::rpc::ErrorInfo>(status);
  ASSERT_TRUE(info);
  EXPECT_EQ(info->domain(), "segue");
  EXPECT_EQ(info->reason(), "INTERNAL");
}

TEST(RpcStatus, ABadFieldIsAViolation) {
  const google::rpc::Status status =
      ToRpcStatus(scheduler::BadField("priority", "OUT_OF_RANGE", "0 to 9"));
  EXPECT_EQ(status.code(), static_cast<int>(absl::StatusCode::kInvalidArgument));
  const auto bad = Find<google::rpc::BadRequest>(status);
  ASSERT_TRUE(bad);
  ASSERT_EQ(bad->field_violations_size(), 1);
  EXPECT_EQ(bad->field_violations(0).field(), "priority");
  EXPECT_EQ(bad->field_violations(0).reason(), "OUT_OF_RANGE");
}

TEST(RpcStatus, WhatIsMissingIsNamed) {
  const auto resource =
      Find<google::rpc::ResourceInfo>(ToRpcStatus(scheduler::ExecutionNotFound(ExecutionId("x"))));
  ASSERT_TRUE(resource);
  EXPECT_EQ(resource->resource_type(), "execution");
  EXPECT_EQ(resource->resource_name(), "x");
}

TEST(RpcStatus, WhatCanBeRetriedSaysWhen) {
  for (const absl::Status& error : {scheduler::Draining(), absl::UnavailableError("away"),
                                    absl::ResourceExhaustedError("full")}) {
    const auto retry = Find<google::rpc::RetryInfo>(ToRpcStatus(error));
    ASSERT_TRUE(retry) << error;
    EXPECT_GT(retry->retry_delay().seconds(), 0);
  }
}

TEST(ErrorDetail, SurvivesTheStatus) {
  const ErrorDetail detail{.reason = "R",
                           .metadata = {{"a", "b"}},
                           .violations = {{.field = "f", .description = "d", .reason = "r"}},
                           .resource_type = "workflow",
                           .resource_name = "w",
                           .retry_after = absl::Milliseconds(1500)};
  const auto back = segue::DetailOf(MakeError(absl::StatusCode::kAborted, "m", detail));
  ASSERT_TRUE(back);
  EXPECT_EQ(back->reason, "R");
  EXPECT_EQ(back->metadata, detail.metadata);
  EXPECT_EQ(back->violations, detail.violations);
  EXPECT_EQ(back->resource_name, "w");
  EXPECT_EQ(back->retry_after, detail.retry_after);
}

}  // namespace
}  // namespace segue::api
