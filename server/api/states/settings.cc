#include "server/api/states/settings.h"

#include <string_view>
#include <utility>

#include "server/base/check.h"
#include "server/language/text.h"

namespace segue::api::states {
namespace {

Json Kept(const std::string& text) {
  if (text.empty()) return {};
  absl::StatusOr<Json> parsed = Json::Parse(text);
  SEGUE_CHECK(parsed.ok());
  return *std::move(parsed);
}

// `member` of `input` as text; `before` where it is absent.
std::string Member(const Json& input, std::string_view member, std::string before) {
  const Json* given = input.Find(member);
  return given == nullptr || given->is_null() ? std::move(before) : given->Dump();
}

std::optional<ApiError> CheckLogging(const scheduler::StateMachineSettings& settings) {
  const Json logging = LoggingOf(settings);
  const Json* destinations = logging.Find("destinations");
  const size_t count = destinations == nullptr ? 0 : destinations->array().size();
  const bool fits = *logging.FindString("level") == "OFF" ? count <= 1 : count == 1;
  if (fits) return std::nullopt;
  return ApiError{"InvalidLoggingConfiguration",
                  "Invalid Logging Configuration: Must specify exactly one Log Destination."};
}

}  // namespace

ApiResult<scheduler::StateMachineSettings> SettingsFrom(const Json& input,
                                                        scheduler::StateMachineSettings settings) {
  if (const std::string* type = input.FindString("type")) {
    settings.type =
        *type == "EXPRESS" ? language::WorkflowType::kExpress : language::WorkflowType::kStandard;
  }
  if (const std::string* role = input.FindString("roleArn")) {
    if (!role->starts_with("arn:")) {
      return ApiError{"InvalidArn", language::Concat("Invalid Role Arn: '", *role, "'")};
    }
    settings.role = *role;
  }
  settings.logging = Member(input, "loggingConfiguration", std::move(settings.logging));
  settings.tracing = Member(input, "tracingConfiguration", std::move(settings.tracing));
  settings.encryption = Member(input, "encryptionConfiguration", std::move(settings.encryption));
  if (std::optional<ApiError> error = CheckLogging(settings)) return *std::move(error);
  return settings;
}

Json LoggingOf(const scheduler::StateMachineSettings& settings) {
  const Json kept = Kept(settings.logging);
  const std::string* level = kept.FindString("level");
  const Json* data = kept.Find("includeExecutionData");
  const Json* destinations = kept.Find("destinations");
  std::vector<Json::Member> members;
  if (destinations != nullptr && destinations->is_array()) {
    members.emplace_back("destinations", *destinations);
  }
  members.emplace_back("includeExecutionData",
                       data != nullptr && data->is_bool() ? *data : Json::Bool(false));
  members.emplace_back("level", level == nullptr ? "OFF" : *level);
  return Json::Object(std::move(members));
}

Json TracingOf(const scheduler::StateMachineSettings& settings) {
  const Json kept = Kept(settings.tracing);
  const Json* enabled = kept.Find("enabled");
  return Json::Of(
      {{"enabled", enabled != nullptr && enabled->is_bool() ? *enabled : Json::Bool(false)}});
}

Json EncryptionOf(const std::string& text) {
  Json kept = Kept(text);
  return kept.is_null() ? Json::Of({{"type", "AWS_OWNED_KEY"}}) : kept;
}

bool SameSettings(const scheduler::StateMachineSettings& a,
                  const scheduler::StateMachineSettings& b) {
  return a.type == b.type && LoggingOf(a) == LoggingOf(b) && TracingOf(a) == TracingOf(b) &&
         EncryptionOf(a.encryption) == EncryptionOf(b.encryption);
}

std::string_view TypeName(language::WorkflowType type) {
  return type == language::WorkflowType::kExpress ? "EXPRESS" : "STANDARD";
}

}  // namespace segue::api::states
