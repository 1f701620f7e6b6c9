#include "server/api/grpc/status.h"

#include <grpcpp/server_context.h>

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "google/rpc/error_details.pb.h"
#include "server/base/error.h"

namespace segue::api {
namespace {

constexpr char kDomain[] = "segue";
constexpr size_t kViolationBytesMax = 3000;
constexpr size_t kMessageBytesMax = 1000;

template <typename Message>
void AddDetail(const Message& message, google::rpc::Status* status) {
  status->add_details()->PackFrom(message);
}

void AddDetails(const ErrorDetail& detail, google::rpc::Status* status) {
  google::rpc::ErrorInfo info;
  info.set_reason(detail.reason);
  info.set_domain(kDomain);
  info.mutable_metadata()->insert(detail.metadata.begin(), detail.metadata.end());
  AddDetail(info, status);
  if (!detail.violations.empty()) {
    google::rpc::BadRequest bad;
    for (const ErrorDetail::Violation& violation : detail.violations) {
      // Details travel as metadata, and clients take 8 KiB of those.
      if (bad.ByteSizeLong() > kViolationBytesMax) break;
      auto* field = bad.add_field_violations();
      field->set_field(violation.field);
      field->set_description(violation.description);
      field->set_reason(violation.reason);
    }
    AddDetail(bad, status);
  }
  if (!detail.resource_type.empty()) {
    google::rpc::ResourceInfo resource;
    resource.set_resource_type(detail.resource_type);
    resource.set_resource_name(detail.resource_name);
    resource.set_description(status->message());
    AddDetail(resource, status);
  }
  if (status->code() == static_cast<int>(absl::StatusCode::kFailedPrecondition)) {
    google::rpc::PreconditionFailure failure;
    auto* violation = failure.add_violations();
    violation->set_type(detail.reason);
    violation->set_subject(detail.resource_name);
    violation->set_description(status->message());
    AddDetail(failure, status);
  }
  if (detail.retry_after) {
    google::rpc::RetryInfo retry;
    const int64_t nanos = absl::ToInt64Nanoseconds(*detail.retry_after);
    retry.mutable_retry_delay()->set_seconds(nanos / 1'000'000'000);
    retry.mutable_retry_delay()->set_nanos(static_cast<int32_t>(nanos % 1'000'000'000));
    AddDetail(retry, status);
  }
}

// For the errors of layers below that have no reason of their own.
ErrorDetail DetailFor(const absl::Status& status) {
  if (std::optional<ErrorDetail> detail = DetailOf(status)) return *std::move(detail);
  ErrorDetail detail{.reason = absl::StatusCodeToString(status.code())};
  const bool later = status.code() == absl::StatusCode::kUnavailable ||
                     status.code() == absl::StatusCode::kResourceExhausted;
  if (later) detail.retry_after = absl::Seconds(1);
  return detail;
}

}  // namespace

google::rpc::Status ToRpcStatus(const absl::Status& status) {
  google::rpc::Status rpc;
  rpc.set_code(static_cast<int>(status.code()));
  rpc.set_message(std::string(status.message().substr(0, kMessageBytesMax)));
  AddDetails(DetailFor(status), &rpc);
  return rpc;
}

grpc::Status ToGrpcStatus(const absl::Status& status, grpc::ServerContext& context) {
  if (status.ok()) return grpc::Status::OK;
  const ErrorDetail detail = DetailFor(status);
  if (detail.retry_after) {
    context.AddTrailingMetadata("grpc-retry-pushback-ms",
                                absl::StrCat(absl::ToInt64Milliseconds(*detail.retry_after)));
  }
  const google::rpc::Status rpc = ToRpcStatus(status);
  return {static_cast<grpc::StatusCode>(status.code()), rpc.message(), rpc.SerializeAsString()};
}

}  // namespace segue::api
