#include "server/api/states/validate.h"

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

#include "server/api/states/definition_warnings.h"
#include "server/api/states/model_fields.h"
#include "server/language/parse.h"

namespace segue::api::states {
namespace {

constexpr int64_t kResultsMax = 100;

Json DiagnosticOf(std::string_view severity, const language::Fault& fault) {
  return Json::Of({{"severity", severity},
                   {"code", fault.code},
                   {"message", fault.message},
                   {"location", language::AwsLocation(fault.position)}});
}

}  // namespace

ApiResult<Json> ValidateStateMachineDefinition(const Json& request) {
  ModelFields fields(request);
  const std::string definition =
      fields.RequiredText("definition", {.min = 1, .max = 1 << 20, .is_sensitive = true})
          .value_or("");
  const auto type = fields.Enum("type", {"STANDARD", "EXPRESS"});
  const auto severity = fields.Enum("severity", {"ERROR", "WARNING"});
  const auto asked = fields.Integer("maxResults", {.min = 0, .max = kResultsMax});
  if (auto error = fields.error()) return *std::move(error);

  const language::ParseResult parsed = language::ParseWorkflow(
      definition, {.format = language::Format::kJson,
                   .type = type == "EXPRESS" ? language::WorkflowType::kExpress
                                             : language::WorkflowType::kStandard,
                   .resources = language::Resources::kAnyUri});
  Json::Array diagnostics;
  for (const language::Fault& fault : parsed.faults) {
    diagnostics.push_back(DiagnosticOf("ERROR", fault));
  }
  if (severity == "WARNING") {
    for (const language::Fault& warning : DefinitionWarnings(definition)) {
      diagnostics.push_back(DiagnosticOf("WARNING", warning));
    }
  }
  const int64_t most = asked.value_or(0) == 0 ? kResultsMax : *asked;
  const bool truncated = diagnostics.size() > static_cast<size_t>(most);
  if (truncated) diagnostics.resize(static_cast<size_t>(most));
  return Json::Of({{"result", parsed.faults.empty() ? "OK" : "FAIL"},
                   {"diagnostics", Json(std::move(diagnostics))},
                   {"truncated", Json::Bool(truncated)}});
}

}  // namespace segue::api::states
