#pragma once

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "server/async/executor.h"
#include "server/async/task.h"

// For whoever calls the scheduler from inside of it, and must have an answer.

namespace segue::scheduler {

// The server stops: whoever recovers asks again.
bool IsDraining(const absl::Status& status);

// Asking again may help.
bool IsTransient(const absl::Status& status);

// How long to wait for an execution at a time: whoever waits longer asks again.
inline constexpr absl::Duration kWaitSlice = absl::Hours(1);

// Twice as long after each failure before this one, up to two seconds: a stop waits for it.
async::Task<void> PauseBeforeRetry(async::Executor& executor, int failures_before = 0);

}  // namespace segue::scheduler
