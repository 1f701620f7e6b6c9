#include "services/connector/grpc/call_metadata.h"

#include <algorithm>
#include <array>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "segue/config/v1/config.pb.h"
#include "services/connector/header_value.h"

namespace segue::services {
namespace {

constexpr const char* kIdempotencyKey = "idempotency-key";
constexpr const char* kTraceParent = "traceparent";
constexpr const char* kExecutionId = "segue-execution-id";
constexpr const char* kAttempt = "segue-attempt";
constexpr std::array kReserved = {kIdempotencyKey, kTraceParent, kExecutionId, kAttempt};

bool IsPrintable(char c) { return c >= 0x20 && c <= 0x7e; }

// gRPC ends the process over metadata that it does not accept.
absl::Status CheckKey(const std::string& key) {
  const auto fault = [&key](std::string_view what) {
    return absl::InvalidArgumentError(
        absl::StrCat("metadata: \"", absl::CHexEscape(key), "\" ", std::string(what)));
  };
  const auto is_legal = [](unsigned char c) {
    return absl::ascii_islower(c) || absl::ascii_isdigit(c) || c == '-' || c == '_' || c == '.';
  };
  if (key.empty() || !std::all_of(key.begin(), key.end(), is_legal)) {
    return fault("is no metadata key: those are of a-z, 0-9, '-', '_' and '.'");
  }
  if (absl::StartsWith(key, "grpc-")) return fault("begins with \"grpc-\", which is gRPC's own");
  if (std::find(kReserved.begin(), kReserved.end(), key) != kReserved.end()) {
    return fault("is set by Segue");
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Metadata> ConfiguredMetadata(const config::v1::GrpcConnector& config) {
  Metadata metadata;
  for (const auto& [key, value] : config.metadata()) {
    if (absl::Status status = CheckKey(key); !status.ok()) return status;
    std::string sent = value;
    if (absl::EndsWith(key, "-bin")) {
      if (!absl::Base64Unescape(value, &sent)) {
        return absl::InvalidArgumentError(
            absl::StrCat("metadata: the value of \"", key, "\" must be base64"));
      }
    } else if (!std::all_of(value.begin(), value.end(), IsPrintable)) {
      return absl::InvalidArgumentError(
          absl::StrCat("metadata: the value of \"", key, "\" must be printable ASCII"));
    }
    metadata.emplace_back(key, std::move(sent));
  }
  std::sort(metadata.begin(), metadata.end());
  return metadata;
}

void AddMetadata(const Metadata& metadata, grpc::ClientContext& context) {
  for (const auto& [key, value] : metadata) context.AddMetadata(key, value);
}

void AddCallMetadata(const Call& call, grpc::ClientContext& context) {
  if (!call.idempotency_key.empty()) {
    context.AddMetadata(kIdempotencyKey, AsHeaderValue(call.idempotency_key));
  }
  if (!call.trace_parent.empty()) {
    context.AddMetadata(kTraceParent, AsHeaderValue(call.trace_parent));
  }
  if (!call.execution_id.empty()) {
    context.AddMetadata(kExecutionId, AsHeaderValue(call.execution_id));
  }
  context.AddMetadata(kAttempt, absl::StrCat(call.attempt));
}

}  // namespace segue::services
