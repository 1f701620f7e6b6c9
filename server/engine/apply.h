#pragma once

#include <cstdint>
#include <vector>

#include "absl/time/time.h"
#include "server/engine/event.h"
#include "server/engine/execution.h"
#include "server/engine/transition.h"
#include "server/language/workflow.h"

namespace segue::engine {

// States that one Apply enters at most before the branch yields (phase kReady, effect Resume): a
// definition that loops without waiting must not hold its shard.
inline constexpr int kStepsPerApplyMax = 1000;
// States that one branch enters at most before another ready branch has its turn.
inline constexpr int kStepsPerTurnMax = 100;
// Levels of nesting that a task's result or a state's output may have: less than Json::Parse takes,
// so that what is stored can be read.
inline constexpr int kPayloadDepthMax = 120;

// The one way an execution changes: applies `event` at `now` and says what it did. Pure: the same
// arguments give the same transition and the same execution; nothing outside `execution` is
// touched.
//
// Stale events (a result of another attempt than the one waited for, anything after the execution
// closed) change nothing and give an empty transition.
//
// An error of the workflow is never an error here: it is retried, caught, or ends the execution.
Transition Apply(const language::Workflow& workflow, Execution& execution, const Event& event,
                 absl::Time now);

// Whether the execution waits for this attempt's result: of a call, or of a Map Run.
bool IsInFlight(const Execution& execution, const AttemptId& attempt);

// The attempts that are out according to the stored state: what recovery sends again.
std::vector<StartAttempt> AttemptsInFlight(const language::Workflow& workflow,
                                           const Execution& execution);

// The Map Runs that are under way according to it: what recovery takes up again.
std::vector<AttemptId> MapRunsInFlight(const language::Workflow& workflow,
                                       const Execution& execution);

}  // namespace segue::engine
