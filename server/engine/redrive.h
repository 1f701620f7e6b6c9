#pragma once

#include "server/engine/execution.h"

// A redrive (Developer Guide, "Restarting state machine executions with redrive"): an execution
// that failed, timed out or was aborted goes on from what had not succeeded, with the same input.
// What had succeeded stays: states that were left, branches of a Parallel and items of a Map that
// came to their end.
//
// For that, an execution that ends without success keeps its branches (BranchPhase::kStopped);
// one that succeeds does not, and neither does an EXPRESS one.

namespace segue::engine {

// Whether the state that is kept allows a redrive. Executions that ended before there were redrives
// have kept none. How long after its end, and how often, is the host's to say.
bool IsRedrivable(const Execution& execution);

}  // namespace segue::engine
