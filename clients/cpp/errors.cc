#include "clients/cpp/errors.h"

#include <grpcpp/support/status.h>

#include <cctype>
#include <utility>

#include "absl/strings/cord.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"

namespace segue::client {
namespace {

constexpr char kPayload[] = "type.googleapis.com/google.rpc.Status";

absl::Status WithPayload(int code, const std::string& message, const std::string& serialized) {
  absl::Status status(static_cast<absl::StatusCode>(code), message);
  if (!serialized.empty()) status.SetPayload(kPayload, absl::Cord(absl::string_view(serialized)));
  return status;
}

// The length of a number at `start`, put into `value`; 0 if there is none.
size_t LeadingNumber(const std::string& text, size_t start, int& value) {
  size_t end = start;
  while (end < text.size() && std::isdigit(static_cast<unsigned char>(text[end]))) ++end;
  if (end == start || !absl::SimpleAtoi(text.substr(start, end - start), &value)) return 0;
  return end - start;
}

// A description of a fault in a definition begins with "line:column: " (see workflow.proto).
void SplitPosition(const std::string& description, FieldFault& fault) {
  int line = 0;
  int column = 0;
  const size_t line_length = LeadingNumber(description, 0, line);
  fault.message = description;
  if (line_length == 0 || description.compare(line_length, 1, ":") != 0) return;
  const size_t column_length = LeadingNumber(description, line_length + 1, column);
  const size_t end = line_length + 1 + column_length;
  if (column_length == 0 || description.compare(end, 2, ": ") != 0) return;
  fault.line = line;
  fault.column = column;
  fault.message = description.substr(end + 2);
}

void ReadBadRequest(const google::protobuf::Any& any, ErrorDetails& details) {
  google::rpc::BadRequest bad;
  if (!any.UnpackTo(&bad)) return;
  for (const auto& violation : bad.field_violations()) {
    FieldFault fault;
    fault.field = violation.field();
    fault.reason = violation.reason();
    SplitPosition(violation.description(), fault);
    details.faults.push_back(std::move(fault));
  }
}

void ReadErrorInfo(const google::protobuf::Any& any, ErrorDetails& details) {
  google::rpc::ErrorInfo info;
  if (!any.UnpackTo(&info)) return;
  details.reason = info.reason();
  details.metadata.insert(info.metadata().begin(), info.metadata().end());
}

void ReadRetryInfo(const google::protobuf::Any& any, ErrorDetails& details) {
  google::rpc::RetryInfo retry;
  if (!any.UnpackTo(&retry)) return;
  details.retry_delay =
      absl::Seconds(retry.retry_delay().seconds()) + absl::Nanoseconds(retry.retry_delay().nanos());
}

void ReadResourceInfo(const google::protobuf::Any& any, ErrorDetails& details) {
  google::rpc::ResourceInfo resource;
  if (!any.UnpackTo(&resource)) return;
  details.resource_type = resource.resource_type();
  details.resource_name = resource.resource_name();
}

void ReadFailures(const google::protobuf::Any& any, ErrorDetails& details) {
  google::rpc::PreconditionFailure precondition;
  if (any.UnpackTo(&precondition)) {
    for (const auto& violation : precondition.violations()) {
      details.preconditions.push_back(violation.description());
    }
  }
  google::rpc::QuotaFailure quota;
  if (any.UnpackTo(&quota)) {
    for (const auto& violation : quota.violations()) {
      details.quotas.push_back(violation.description());
    }
  }
}

std::string FaultLine(const FieldFault& fault) {
  std::string text;
  if (fault.line > 0) absl::StrAppend(&text, fault.line, ":", fault.column, ": ");
  if (!fault.field.empty()) absl::StrAppend(&text, fault.field, ": ");
  absl::StrAppend(&text, fault.message);
  if (!fault.reason.empty()) absl::StrAppend(&text, " [", fault.reason, "]");
  return text;
}

}  // namespace

absl::Status FromGrpc(const grpc::Status& status) {
  return WithPayload(status.error_code(), status.error_message(), status.error_details());
}

absl::Status FromRpc(const google::rpc::Status& status) {
  return WithPayload(status.code(), status.message(), status.SerializeAsString());
}

ErrorDetails DetailsOf(const absl::Status& status) {
  ErrorDetails details;
  const auto payload = status.GetPayload(kPayload);
  google::rpc::Status rpc;
  if (!payload || !rpc.ParseFromString(std::string(*payload))) return details;
  for (const auto& any : rpc.details()) {
    ReadBadRequest(any, details);
    ReadErrorInfo(any, details);
    ReadRetryInfo(any, details);
    ReadResourceInfo(any, details);
    ReadFailures(any, details);
  }
  return details;
}

std::string Describe(const absl::Status& status) {
  const ErrorDetails details = DetailsOf(status);
  std::string text(status.message());
  if (text.empty()) text = absl::StatusCodeToString(status.code());
  for (const auto& fault : details.faults) {
    // The server's message often is that of the first field already.
    if (text.find(fault.message) != std::string::npos) continue;
    absl::StrAppend(&text, "\n  ", FaultLine(fault));
  }
  for (const auto& line : details.preconditions) absl::StrAppend(&text, "\n  ", line);
  for (const auto& line : details.quotas) absl::StrAppend(&text, "\n  ", line);
  if (details.retry_delay) {
    absl::StrAppend(&text, "\n  try again in ", absl::FormatDuration(*details.retry_delay));
  }
  return text;
}

}  // namespace segue::client
