#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "server/async/one_shot.h"
#include "server/engine/transition.h"
#include "server/scheduler/live.h"
#include "server/scheduler/nested/leftover.h"
#include "server/store/store.h"

namespace segue::scheduler {

// What a shard commits at once: the changes of some executions, the effects that wait for them to
// be durable, and who waits for it. Changes gather in one turn while the turn before it is being
// written.
struct Turn {
  uint64_t number = 1;
  std::vector<Live*> changed;  // each once
  std::vector<std::pair<ExecutionId, engine::Effect>> effects;
  std::vector<Leftover> leftovers;  // of these changes: noted with them
  std::vector<store::DocumentWrite> documents;
  std::vector<store::ExecutionWrite> removals;
  std::vector<async::OneShot<absl::Status>*> waiters;

  bool empty() const {
    return changed.empty() && effects.empty() && documents.empty() && removals.empty() &&
           waiters.empty();
  }
};

// When the store shall name the execution: see store::Wake. Nothing where it is closed.
std::optional<store::Wake> WakeOf(const engine::Execution& execution);

store::IndexEntry IndexOf(const engine::Execution& execution);

// What is to be written about `live`; its change is taken, and what the indexes hold is brought up
// to date.
store::ExecutionWrite TakeWrite(Live& live);

int64_t BytesOf(const store::Batch& batch);

}  // namespace segue::scheduler
