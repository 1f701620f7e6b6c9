#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/time/time.h"
#include "server/async/one_shot.h"
#include "server/engine/execution.h"
#include "server/engine/transition.h"
#include "server/language/workflow.h"
#include "server/scheduler/codec.h"
#include "server/store/store.h"
#include "services/connector/http_trace.h"
#include "services/registry/task_runner.h"

// What a shard keeps about one execution in memory.

namespace segue::scheduler {

// Somebody who waits for something to become durable about an execution.
struct Watcher {
  enum class Until { kChanged, kClosed } until = Until::kClosed;
  enum class Signal { kHappened, kTimedOut, kReset, kDraining };
  async::OneShot<Signal> signal;
};

// What transitions since the last commit changed: their union.
struct Change {
  bool execution_changed = false;
  std::set<BranchId> branches_changed;
  std::set<BranchId> branches_removed;
  std::vector<engine::HistoryEvent> history;

  void Add(engine::Transition& transition);
  bool empty() const {
    return !execution_changed && branches_changed.empty() && branches_removed.empty() &&
           history.empty();
  }
};

class MapRunDriver;

// Does nothing where no service is called.
inline void CancelCall(services::TaskRunner& runner, services::AttemptHandle handle) {
  if (handle != services::AttemptHandle()) runner.Cancel(handle);
}

// An attempt that is out.
struct Outstanding {
  services::AttemptHandle handle;  // none where no service is called
  // Where it waits for somebody else (a worker, another execution), a server that stops does not
  // wait for it: it is sent again by the next one.
  enum class AtStop { kWait, kDrop } at_stop = AtStop::kWait;
  // Of a call to the scheduler itself: which one. An attempt starts an execution and then waits for
  // it, and after a reset does either again: what another of these calls brings is stale.
  uint64_t nested = 0;
  // The Map Run that it is.
  std::shared_ptr<MapRunDriver> run;
};

struct Live {
  engine::Execution execution;
  language::WorkflowPtr workflow;
  InlineDefinition definition;
  std::shared_ptr<services::HttpTrace> trace;  // see SubmitRequest

  // Of a closed one that was read: whether the store has kept where it stood, for a redrive.
  bool is_kept = false;

  // Not durable yet, and the turn that will make it so.
  Change change;
  uint64_t turn = 0;
  // Its turn is durable, and Shard::OnCommitted will settle it.
  bool settles_with_turn = false;

  // What the store's indexes hold of it.
  std::optional<store::Wake> stored_wake;
  std::optional<store::IndexEntry> stored_index;

  std::map<engine::AttemptId, Outstanding> attempts;
  std::vector<Watcher*> watchers;
  std::optional<absl::Time> wake;  // its entry in the shard's wakes

  bool is_express() const { return execution.type == engine::ExecutionType::kExpress; }
};

}  // namespace segue::scheduler
