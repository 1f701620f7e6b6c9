#include "server/api/states/definition.h"

#include <utility>

#include "server/api/states/label_fault.h"
#include "server/language/document.h"
#include "server/language/text.h"

namespace segue::api::states {

using language::Concat;

std::optional<ApiError> CheckDefinition(std::string_view definition, language::WorkflowType type) {
  const language::ParseResult parsed = language::ParseWorkflow(
      definition,
      {.format = language::Format::kJson, .type = type, .resources = language::Resources::kAnyUri});
  if (parsed.faults.empty()) return std::nullopt;
  std::string list;
  for (const language::Fault& fault : parsed.faults) {
    if (std::optional<std::string> message = LabelFaultMessage(fault, definition)) {
      return ApiError{"InvalidDefinition", *std::move(message)};
    }
    list += list.empty() ? "" : ", ";
    // AWS does not say where an end is missing.
    const std::string location =
        fault.code == "MISSING_END_STATE" ? "null" : language::AwsLocation(fault.position);
    list += Concat(fault.code, ": ", fault.message, " at ", location);
  }
  return ApiError{"InvalidDefinition", Concat("Invalid State Machine Definition: '", list, "'")};
}

std::string DefinitionJson(const scheduler::WorkflowVersion& version) {
  if (Json::Parse(version.definition).ok()) return version.definition;
  const language::Document::Result read =
      language::Document::Parse(version.definition, version.format, {});
  return read.document == nullptr ? version.definition : read.document->root().ToJson().Dump();
}

}  // namespace segue::api::states
