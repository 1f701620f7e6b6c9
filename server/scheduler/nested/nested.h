#pragma once

#include <optional>
#include <string>

#include "absl/functional/any_invocable.h"
#include "absl/time/time.h"
#include "server/async/executor.h"
#include "server/async/task.h"
#include "server/base/json.h"
#include "server/base/outcome.h"
#include "server/engine/transition.h"
#include "server/language/workflow.h"
#include "server/scheduler/requests.h"
#include "server/scheduler/scheduler.h"

// Tasks that start executions: arn:aws:states:::states:startExecution in all its forms, and
// arn:aws:states:::aws-sdk:sfn:startExecution. No service is called: the scheduler is. Tasks that
// complete tasks of others (send_task.h) go the same way.

namespace segue::scheduler {

// Whether the scheduler itself is called.
bool IsNested(const language::Resource& resource);

// One attempt of such a task.
struct NestedCall {
  const language::Resource* resource = nullptr;  // the parent's workflow's
  language::WorkflowPtr workflow;                // keeps it alive
  Json arguments;
  std::string task;               // its idempotency key
  std::string request;            // names this attempt: always the same child
  std::optional<Json> submitted;  // the follow-up of .sync: what the start answered
  std::string trace_parent;
  int priority = 5;
  int depth = 0;                                    // the child's
  absl::Time deadline = absl::InfiniteFuture();     // from when on it is too late to try
  absl::AnyInvocable<bool() const> is_wanted = {};  // whether the task still waits for it

  bool GoesOn(const async::Executor& executor) const {
    return is_wanted() && executor.Now() < deadline;
  }
};

// Executions may start executions so deep.
inline constexpr int kDepthMax = 100;

// Starts the child, or with `submitted` waits until it has closed: the attempt's outcome, in the
// words of Step Functions. Starting it again is harmless, so whoever recovers just does. Nothing
// where the server stops before there is an outcome.
//
// Threads: called and resumed on `executor`'s.
async::Task<std::optional<Outcome<Json>>> RunNested(Scheduler& scheduler, NestedCall call,
                                                    async::Executor& executor);

// Names an attempt of such a task, as NestedCall::request.
std::string RequestOf(const engine::StartAttempt& start);

// The child that an attempt starts, or has started. Nothing where it can start none.
std::optional<StartedChild> ChildOf(const engine::StartAttempt& start);

}  // namespace segue::scheduler
