#pragma once

#include <optional>

#include "absl/time/time.h"
#include "server/engine/event.h"
#include "server/engine/execution.h"
#include "server/engine/step.h"
#include "server/language/workflow.h"

// Tasks that go on after their call was answered. The answer is then no result: it says that the
// work was taken (TaskSubmitted; of an activity, who took it). The result comes by a token, or is
// asked for by a second call, the follow-up. Timeout and heartbeat of such a task are the engine's:
// they count from when the call went out (AWS: from TaskStarted or ActivityStarted).

namespace segue::engine {

enum class Completing {
  kByAnswer,    // the call's answer is the result
  kByToken,     // .waitForTaskToken, activities and workers
  kByFollowUp,  // .sync: what was started is waited for
};
Completing CompletingOf(const language::Resource& resource);

// Whether a task is in the hands of a worker that pulls: an activity, or worker:<type>.
bool IsPulled(const language::Resource& resource);

// Whether this attempt is one that a token may complete now. A branch that waits for another, or is
// gone, says no: the token is stale.
bool IsAwaited(const language::Workflow& workflow, const Execution& execution,
               const AttemptId& attempt);

// When a task that was heard of at `heard` is overdue.
std::optional<absl::Time> TaskDue(const Branch& branch, absl::Time heard);

// The call was answered, and the branch blocks until the result comes.
Verdict AwaitResult(Step& step, Branch& branch, const Json& answer);

}  // namespace segue::engine
