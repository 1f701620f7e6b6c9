#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "server/api/states/api_error.h"
#include "server/language/parse.h"
#include "server/scheduler/catalog/catalog.h"

namespace segue::api::states {

// InvalidDefinition where the language refuses it, with every fault in AWS's words: "Invalid State
// Machine Definition: 'SCHEMA_VALIDATION_FAILED: ... at /States/A/Next'". Pure.
std::optional<ApiError> CheckDefinition(std::string_view definition, language::WorkflowType type);

// The definition as JSON text: as it was given, unless that was YAML (by the gRPC API).
std::string DefinitionJson(const scheduler::WorkflowVersion& version);

}  // namespace segue::api::states
