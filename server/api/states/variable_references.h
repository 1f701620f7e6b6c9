#pragma once

#include "server/base/json.h"

namespace segue::api::states {

// DescribeStateMachine's variableReferences: for each state that reads variables, their names, in
// order. The states are those of a definition, wherever they are nested. Pure.
Json VariableReferences(const Json& definition);

}  // namespace segue::api::states
