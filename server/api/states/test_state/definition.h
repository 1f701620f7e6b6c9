#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "server/api/states/api_error.h"
#include "server/language/workflow.h"

namespace segue::api::states {

// What AWS calls the state that is tested, whatever its own name [recorded].
inline constexpr std::string_view kTestedStateName = "StateName";

// The state that is to be tested, in the workflow that holds it, where it bears the name above.
struct TestedState {
  language::WorkflowPtr workflow;
  language::StateIndex index = language::kEnd;
  std::string name;  // its own

  const language::State& state() const { return workflow->state(index); }
  // The name of a state that the tested one goes on to. A state that was given alone may name any:
  // they are not asked for.
  const std::string& NameOf(language::StateIndex next) const {
    return next == index ? name : workflow->state(next).name;
  }
};

// Reads `definition`: with `state_name` a whole state machine that has the state, in any of its
// blocks; without one, a state. Errors: InvalidDefinition; ValidationException where the machine
// has no such state.
ApiResult<TestedState> FindTestedState(std::string_view definition,
                                       const std::optional<std::string>& state_name);

}  // namespace segue::api::states
