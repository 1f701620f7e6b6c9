#pragma once

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/async/cancellation.h"
#include "server/async/executor.h"
#include "server/async/task.h"
#include "server/base/json.h"

namespace segue::services {

// A task as its worker gets it.
struct PulledTask {
  std::string task_token;
  Json input;
  std::string idempotency_key;
  std::string execution_id;
  std::string workflow;
  std::string trace_parent;
  int attempt = 1;
};

// Where workers pull their tasks from: what the APIs see of the worker pool.
class TaskSource {
 public:
  virtual ~TaskSource() = default;

  struct PollRequest {
    std::string queue;   // "worker:<task type>" or "activity:<name>"
    std::string worker;  // who asks; for the history
    absl::Time until;
  };
  // The task that has waited longest, as soon as there is one; nothing where none came until then,
  // or the poll was cancelled. ResourceExhausted where too many polls wait on the queue.
  //
  // Threads: called and resumed on `executor`'s, any.
  virtual async::Task<absl::StatusOr<std::optional<PulledTask>>> Poll(
      PollRequest request, async::Executor& executor, async::CancelToken cancel) = 0;

  // Tasks that wait on the queue.
  virtual int64_t Waiting(const std::string& queue) const = 0;

  // Ends all polls that wait, with nothing; later ones end at once.
  virtual void StopPolls() = 0;
};

}  // namespace segue::services
