#pragma once

#include <string_view>
#include <vector>

#include "server/language/parse.h"

namespace segue::api::states {

// What in a definition is allowed but is hardly meant (API reference,
// ValidateStateMachineDefinitionDiagnostic, "warning codes"): paths that stand where they are
// literal text. In the order of the text. Nothing, where the text is no JSON object.
std::vector<language::Fault> DefinitionWarnings(std::string_view definition);

}  // namespace segue::api::states
