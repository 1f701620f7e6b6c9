#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>

#include "absl/time/time.h"
#include "server/base/ids.h"
#include "server/base/json.h"
#include "server/base/outcome.h"

// What happens to an execution. The engine turns each into a transition.

namespace segue::engine {

// Names one attempt: a result that names another than the branch waits for is stale, and dropped.
struct AttemptId {
  BranchId branch;
  int64_t visit = 0;
  int attempt = 0;
  friend auto operator<=>(const AttemptId&, const AttemptId&) = default;
};

// The first event of every execution.
struct Started {};

// The call of an attempt went out. By itself this changes nothing that is stored: TaskStarted is
// recorded with the execution's next event, or when RecordStarts asks for it, so that it stands
// where AWS has it (after all that was scheduled meanwhile, before what came of any of it) and a
// short call costs no commit of its own.
struct AttemptStarted {
  AttemptId attempt;
  absl::Time started;
};

// Records the starts that are in no history yet, and does nothing else.
struct RecordStarts {};

// An attempt came to its end.
struct AttemptFinished {
  AttemptId attempt;
  absl::Time started;  // when the call went out
  Outcome<Json> result;
  // The service's own word on when to try again (RetryInfo, Retry-After): a lower bound for the
  // backoff.
  std::optional<absl::Duration> retry_after;
};

// The result of a task that waits for it (Resource::Completion::kTaskToken, activities, workers)
// has come, from whoever has its token. It may come before the answer to the call.
struct TaskCompleted {
  AttemptId attempt;
  Outcome<Json> result;
  // Where a task of an execution completed it: that one's idempotency key.
  std::string sender = {};
};

// Whoever has the token is at work: the task's heartbeat counts anew.
struct TaskHeartbeat {
  AttemptId attempt;
};

// Time has passed: everything that is due at `now` happens.
struct TimePassed {};

// Somebody asks for the end of the execution.
struct Cancelled {
  std::string error;  // may be empty
  std::string cause;
};

// Goes on with the branches that are ready (BranchPhase::kReady).
struct Resumed {};

// An execution that has ended without success goes on from where it stood (redrive.h).
struct Redriven {
  std::string token;  // of who asks: kept, so that asking again is recognised; empty: none
  // Of a child of a Map Run: Execution::run_redrive from now on.
  int64_t run_redrive = 0;
};

using Event = std::variant<Started, AttemptStarted, RecordStarts, AttemptFinished, TaskCompleted,
                           TaskHeartbeat, TimePassed, Cancelled, Resumed, Redriven>;

}  // namespace segue::engine
