#pragma once

#include <string_view>

#include "server/api/states/api_error.h"
#include "server/base/json.h"
#include "server/language/workflow.h"

namespace segue::api::states {

// The Context Object that a request gives for `state` to see. It is taken as it is: what it leaves
// out is not there. ValidationException for members that a Context Object does not have, or not in
// this state.
ApiResult<Json> ReadContextObject(std::string_view text, const language::State& state);

}  // namespace segue::api::states
