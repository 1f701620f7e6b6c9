#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "absl/time/time.h"
#include "server/base/ids.h"
#include "server/base/json.h"
#include "server/engine/event.h"
#include "server/engine/history.h"
#include "server/language/workflow.h"

namespace segue::engine {

// Call a service. `resource` is the workflow's: alive as long as the workflow.
struct StartAttempt {
  AttemptId attempt;
  const language::Resource* resource = nullptr;
  std::string state_name;
  Json arguments;
  std::string idempotency_key;            // execution/branch/state/visit
  std::optional<absl::Duration> timeout;  // from the moment the call goes out
  std::optional<absl::Duration> heartbeat;
  std::string task_token;         // of a task that is completed with it; empty for others
  std::optional<Json> submitted;  // a follow-up: the answer whose outcome is awaited
};

// Run the items of a distributed Map as executions of their own (map_run.h). The array of their
// results comes back as AttemptFinished.
struct StartMapRun {
  AttemptId attempt;
};

// The result of this attempt, or Map Run, is no longer wanted. What it may have started, and what
// waits for nothing else, must end as well.
struct CancelAttempt {
  AttemptId attempt;
  // The call of a task that waits for what it starts (await.h, kByFollowUp).
  std::optional<StartAttempt> start = {};
  struct MapRun {
    std::string id;  // MapRunIdOf
    enum class Children { kOfItems, kOfBatches } children = Children::kOfItems;
  };
  std::optional<MapRun> map_run = {};
};

// Some branches are ready: send Resumed soon.
struct Resume {};

// The execution has ended; its record is final.
struct Closed {};

using Effect = std::variant<StartAttempt, StartMapRun, CancelAttempt, Resume, Closed>;

// What one event did to an execution. The execution itself is already changed; this says what is to
// be written, and what is to be done once that is durable. Timers are no effect:
// Execution::NextDue() tells.
struct Transition {
  bool execution_changed = false;  // something outside `branches` other than last_event
  std::set<BranchId> branches_changed;
  std::set<BranchId> branches_removed;
  std::vector<HistoryEvent> history;  // ids ascending
  std::vector<Effect> effects;

  bool empty() const {
    return !execution_changed && branches_changed.empty() && branches_removed.empty() &&
           history.empty() && effects.empty();
  }
};

}  // namespace segue::engine
