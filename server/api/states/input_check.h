#pragma once

#include <cstdint>
#include <optional>

#include "server/api/states/api_error.h"
#include "server/api/states/service_model.h"
#include "server/base/json.h"

namespace segue::api::states {

// Holds an operation's input to the service model. SerializationException where a member has
// another type; else ValidationException with every constraint that fails, in AWS's words: "1
// validation error detected: Value '1001' at 'maxResults' failed to satisfy constraint: Member must
// have value less than or equal to 1000". Members that the model does not know are not looked at.
// Pure.
//
// `data_max`: how long an execution's data may be (SensitiveData), which is configuration here.
std::optional<ApiError> CheckInput(const Json& input, const Shape& shape, int64_t data_max);

}  // namespace segue::api::states
