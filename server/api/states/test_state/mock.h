#pragma once

#include <optional>

#include "server/api/states/api_error.h"
#include "server/api/states/test_state/request.h"
#include "server/base/json.h"
#include "server/base/outcome.h"
#include "server/language/workflow.h"

namespace segue::api::states {

// What a mock has the state's work come to: the result of a Task's call, of a Parallel's branches,
// of a Map's iterations, or their error.
using Mock = std::optional<Outcome<Json>>;

// Reads the mock of a request for `state`; nothing where it has none. ValidationException where the
// mock is not one that the state can have: of a state that does no such work, of a result that its
// API could not have given.
ApiResult<Mock> ReadMock(const TestStateRequest& request, const language::State& state);

}  // namespace segue::api::states
