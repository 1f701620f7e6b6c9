#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "server/base/ids.h"
#include "server/engine/event.h"
#include "server/engine/execution.h"

namespace segue::engine {

// What a task token says: which attempt it completes, and a proof that it was not made up.
struct TaskToken {
  ExecutionId execution;
  AttemptId attempt;
  std::string proof;  // follows from all this under the execution's token_key
};

// The token of the attempt that the branch makes or has made: letters, digits, - and _.
std::string TaskTokenOf(const Execution& execution, const Branch& branch);

// Nothing where the text is no token.
std::optional<TaskToken> ParseTaskToken(std::string_view text);

// Whether the token is one of this execution's: not whether it is still waited for.
bool IsGenuine(const TaskToken& token, const Execution& execution);

}  // namespace segue::engine
