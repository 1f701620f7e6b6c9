#pragma once

#include "server/base/json.h"

namespace segue::api::states {

// ValidateStateMachineDefinition (service-2.json): what is wrong with a definition, with AWS's
// codes, words and locations. Takes the request's JSON object, which holds what the service model
// asks for (input_check.h), and gives the response's. Pure; threads: any.
Json ValidateStateMachineDefinition(const Json& request);

}  // namespace segue::api::states
