#include "server/api/states/validate.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "server/api/states/definition_warnings.h"
#include "server/language/parse.h"

namespace segue::api::states {
namespace {

// Unless the request says less, and where it says 0 (service-2.json, maxResults).
constexpr int64_t kResultsMax = 100;

std::string TextOf(const Json& request, std::string_view name) {
  const std::string* text = request.FindString(name);
  return text == nullptr ? "" : *text;
}

Json DiagnosticOf(std::string_view severity, const language::Fault& fault) {
  Json diagnostic =
      Json::Of({{"severity", severity}, {"code", fault.code}, {"message", fault.message}});
  // AWS does not say where an end is missing.
  if (fault.code == "MISSING_END_STATE") return diagnostic;
  return diagnostic.With("location", language::AwsLocation(fault.position));
}

}  // namespace

Json ValidateStateMachineDefinition(const Json& request) {
  const std::string definition = TextOf(request, "definition");
  const language::ParseResult parsed = language::ParseWorkflow(
      definition, {.format = language::Format::kJson,
                   .type = TextOf(request, "type") == "EXPRESS" ? language::WorkflowType::kExpress
                                                                : language::WorkflowType::kStandard,
                   .resources = language::Resources::kAnyUri});
  Json::Array diagnostics;
  for (const language::Fault& fault : parsed.faults) {
    diagnostics.push_back(DiagnosticOf("ERROR", fault));
  }
  if (TextOf(request, "severity") == "WARNING") {
    for (const language::Fault& warning : DefinitionWarnings(definition)) {
      diagnostics.push_back(DiagnosticOf("WARNING", warning));
    }
  }
  const Json* asked = request.Find("maxResults");
  const bool is_given = asked != nullptr && asked->is_int() && asked->int_value() > 0;
  const int64_t most = is_given ? asked->int_value() : kResultsMax;
  const bool truncated = diagnostics.size() > static_cast<size_t>(most);
  if (truncated) diagnostics.resize(static_cast<size_t>(most));
  return Json::Of({{"result", parsed.faults.empty() ? "OK" : "FAIL"},
                   {"diagnostics", Json(std::move(diagnostics))},
                   {"truncated", Json::Bool(truncated)}});
}

}  // namespace segue::api::states
