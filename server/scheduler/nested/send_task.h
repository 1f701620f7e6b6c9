#pragma once

#include <optional>

#include "server/async/executor.h"
#include "server/async/task.h"
#include "server/base/json.h"
#include "server/base/outcome.h"
#include "server/language/workflow.h"
#include "server/scheduler/nested/nested.h"

// Tasks that complete other tasks by their tokens: arn:aws:states:::aws-sdk:sfn:sendTaskSuccess,
// sendTaskFailure and sendTaskHeartbeat. No service is called: the scheduler is.

namespace segue::scheduler {

bool IsSendTask(const language::Resource& resource);

// One attempt of such a task: its outcome, in the words of Step Functions. Nothing where the server
// stops before there is one.
//
// Threads: called and resumed on `executor`'s.
async::Task<std::optional<Outcome<Json>>> RunSendTask(Scheduler& scheduler, NestedCall call,
                                                      async::Executor& executor);

}  // namespace segue::scheduler
