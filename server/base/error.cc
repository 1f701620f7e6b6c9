#include "server/base/error.h"

#include <utility>

#include "absl/strings/cord.h"
#include "server/base/json.h"

namespace segue {
namespace {

constexpr char kPayload[] = "segue.ErrorDetail";

std::string Text(const Json& object, std::string_view name) {
  const std::string* text = object.FindString(name);
  return text ? *text : std::string();
}

}  // namespace

absl::Status MakeError(absl::StatusCode code, std::string_view message, const ErrorDetail& detail) {
  Json::Object metadata;
  for (const auto& [key, value] : detail.metadata) metadata.Set(key, value);
  Json::Array violations;
  for (const auto& v : detail.violations) {
    violations.push_back(
        Json::Of({{"field", v.field}, {"description", v.description}, {"reason", v.reason}}));
  }
  Json payload = Json::Of({{"reason", detail.reason},
                           {"metadata", std::move(metadata)},
                           {"violations", std::move(violations)},
                           {"resource_type", detail.resource_type},
                           {"resource_name", detail.resource_name}});
  if (detail.retry_after) {
    payload = payload.With("retry_after_ns", absl::ToInt64Nanoseconds(*detail.retry_after));
  }
  absl::Status status(code, {message.data(), message.size()});
  // Through string_view: Debian's Abseil exports Cord(std::string&&) under GCC's name for it alone.
  const std::string text = payload.Dump();
  status.SetPayload(kPayload, absl::Cord(absl::string_view(text)));
  return status;
}

std::optional<ErrorDetail> DetailOf(const absl::Status& status) {
  const auto payload = status.GetPayload(kPayload);
  if (!payload) return std::nullopt;
  const absl::StatusOr<Json> json = Json::Parse(std::string(*payload));
  if (!json.ok()) return std::nullopt;
  ErrorDetail detail;
  detail.reason = Text(*json, "reason");
  detail.resource_type = Text(*json, "resource_type");
  detail.resource_name = Text(*json, "resource_name");
  if (const Json* metadata = json->Find("metadata")) {
    for (const auto& [key, value] : metadata->object()) detail.metadata[key] = value.string();
  }
  if (const Json* violations = json->Find("violations")) {
    for (const Json& v : violations->array()) {
      detail.violations.push_back({.field = Text(v, "field"),
                                   .description = Text(v, "description"),
                                   .reason = Text(v, "reason")});
    }
  }
  if (const Json* retry = json->Find("retry_after_ns")) {
    detail.retry_after = absl::Nanoseconds(retry->int_value());
  }
  return detail;
}

}  // namespace segue
