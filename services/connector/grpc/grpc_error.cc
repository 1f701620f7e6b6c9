#include "services/connector/grpc/grpc_error.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "server/base/json.h"
#include "services/connector/grpc/message_to_json.h"

namespace segue::services {
namespace {

using google::protobuf::Any;

constexpr std::array<std::string_view, 17> kCodeNames = {
    "OK",       "Cancelled",      "Unknown",          "InvalidArgument",   "DeadlineExceeded",
    "NotFound", "AlreadyExists",  "PermissionDenied", "ResourceExhausted", "FailedPrecondition",
    "Aborted",  "OutOfRange",     "Unimplemented",    "Internal",          "Unavailable",
    "DataLoss", "Unauthenticated"};

const MessageShapes& ErrorDetailShapes() {
  static const auto* shapes =
      new MessageShapes({google::rpc::RetryInfo::descriptor()->file()},
                        *google::protobuf::MessageFactory::generated_factory());
  return *shapes;
}

std::string Cause(std::string_view message, Json::Array details) {
  return Json::Of({{"message", Json(message)}, {"details", Json(std::move(details))}}).Dump();
}

Json DetailAsJson(const Any& detail, const MessageShapes* service_shapes) {
  static const auto* any_shapes = new MessageShapes(
      {Any::descriptor()->file()}, *google::protobuf::MessageFactory::generated_factory());
  const std::string_view type =
      std::string_view(detail.type_url()).substr(detail.type_url().rfind('/') + 1);
  const MessageShapes* shapes = any_shapes;
  if (ErrorDetailShapes().Find(type)) {
    shapes = &ErrorDetailShapes();
  } else if (service_shapes && service_shapes->Find(type)) {
    shapes = service_shapes;
  }
  MessageAsJson result;
  if (MessageToJson(detail, *any_shapes->Find("google.protobuf.Any"), *shapes, &result)) {
    return Json::Of(
        {{"@type", Json(detail.type_url())}, {"value", Json(absl::Base64Escape(detail.value()))}});
  }
  return result.json;
}

// The message is bytes from the wire: what is not UTF-8 is escaped.
std::string AsText(const std::string& message) {
  const Json parsed = Json(message);
  return Json::Parse(parsed.Dump()).ok() ? message : absl::CHexEscape(message);
}

google::rpc::Status DetailsOf(const grpc::Status& status) {
  google::rpc::Status details;
  if (!details.ParseFromString(status.error_details())) details.Clear();
  return details;
}

}  // namespace

std::string GrpcErrorName(int code) {
  const auto index = static_cast<size_t>(code);
  return absl::StrCat("Grpc.",
                      std::string(index < kCodeNames.size() ? kCodeNames[index] : kCodeNames[2]));
}

WorkflowError GrpcError(int code, std::string_view message) {
  return {GrpcErrorName(code), Cause(message, {})};
}

WorkflowError TimeoutError(std::string_view message) {
  return {"States.Timeout", Cause(message, {})};
}

WorkflowError ErrorOfStatus(const grpc::Status& status, const MessageShapes* service_shapes) {
  Json::Array details;
  const google::rpc::Status rich = DetailsOf(status);
  for (const Any& detail : rich.details()) {
    details.push_back(DetailAsJson(detail, service_shapes));
  }
  return {GrpcErrorName(status.error_code()),
          Cause(AsText(status.error_message()), std::move(details))};
}

std::optional<absl::Duration> PushBackOf(const grpc::Status& status,
                                         const grpc::ClientContext& context) {
  std::optional<absl::Duration> push_back;
  const auto at_least = [&push_back](absl::Duration wait) {
    push_back = std::max(push_back.value_or(absl::ZeroDuration()), wait);
  };
  const google::rpc::Status rich = DetailsOf(status);
  for (const Any& detail : rich.details()) {
    google::rpc::RetryInfo info;
    if (!detail.Is<google::rpc::RetryInfo>() || !detail.UnpackTo(&info)) continue;
    at_least(absl::Seconds(info.retry_delay().seconds()) +
             absl::Nanoseconds(info.retry_delay().nanos()));
  }
  const auto& trailers = context.GetServerTrailingMetadata();
  const auto found = trailers.find("grpc-retry-pushback-ms");
  int32_t milliseconds = 0;
  if (found != trailers.end() &&
      absl::SimpleAtoi(absl::string_view(found->second.data(), found->second.size()),
                       &milliseconds) &&
      milliseconds >= 0) {
    at_least(absl::Milliseconds(milliseconds));
  }
  return push_back;
}

}  // namespace segue::services
