#pragma once

#include <cstdint>

#include "server/engine/event.h"
#include "server/engine/execution.h"
#include "server/engine/step.h"
#include "server/engine/transition.h"
#include "server/language/workflow.h"

// Inside the engine: the state types, one file each. They read the branch and change it, and leave
// its fate to the Step that called them.

namespace segue::engine {

// Enters the state, or begins it anew after a backoff.
Verdict BeginTask(Step& step, Branch& branch);
Verdict BeginParallel(Step& step, Branch& branch);
Verdict BeginMap(Step& step, Branch& branch);
Verdict BeginWait(Step& step, Branch& branch);
Verdict BeginPass(Step& step, Branch& branch);
Verdict BeginChoice(Step& step, Branch& branch);
Verdict BeginSucceed(Step& step, Branch& branch);
Verdict BeginFail(Step& step, Branch& branch);

// The branch that waits for this attempt; null where there is none.
Branch* FindCalling(Execution& execution, const AttemptId& attempt);
// The call that a Task waits for has gone out; what is pulled starts when a worker has it.
void NoteStart(Step& step, const AttemptStarted& event);
// Records what NoteStart has noted.
void RecordNotedStarts(Step& step);
// The attempt that a Task waits for has come to its end.
Verdict EndAttempt(Step& step, Branch& branch, const AttemptFinished& event);
// The task is completed by its token.
Verdict EndByToken(Step& step, Branch& branch, const TaskCompleted& event);
// The time of a task whose call was answered is over: its timeout or its heartbeat's.
Verdict EndOverdue(Step& step, Branch& branch);
// The call that a kCalling branch waits for.
StartAttempt AttemptOf(const language::Workflow& workflow, const Execution& execution,
                       const Branch& branch);

// The Map Run of a distributed Map has come to its end.
Verdict BeginMapRun(Step& step, Branch& branch);
Verdict EndMapRun(Step& step, Branch& branch, const AttemptFinished& event);

// A Wait is over.
Verdict EndWait(Step& step, Branch& branch);

// Starts the next item of a Map, if there is one: one that a redrive has left waiting, then a new
// one, whose history goes on from event `previous`.
// An error is the Map's.
std::optional<WorkflowError> StartNextItem(Step& step, Branch& map, int64_t previous);
// Whether the Map goes on although so many of its items have failed.
bool IsTolerated(const Branch& map);
// What the Map fails with, when the error of an item is not tolerated.
WorkflowError MapError(const language::State& state, const WorkflowError& item_error);
bool IsDistributed(const language::State& state);
// How many children the branch has when all are started.
int64_t ChildrenOf(const language::State& state, const Branch& branch);

}  // namespace segue::engine
