#pragma once

#include "server/api/states/api_error.h"
#include "server/base/json.h"

namespace segue::api::states {

// ValidateStateMachineDefinition (service-2.json): what is wrong with a definition, with AWS's
// codes, words and locations. Takes the request's JSON object, gives the response's. Pure; threads:
// any. Errors: ValidationException, for what the service model does not allow.
ApiResult<Json> ValidateStateMachineDefinition(const Json& request);

}  // namespace segue::api::states
