#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>

#include "absl/status/statusor.h"
#include "server/base/ids.h"
#include "server/engine/event.h"
#include "server/engine/execution.h"
#include "server/engine/transition.h"
#include "server/scheduler/requests.h"
#include "server/store/store.h"

// What an execution has started and waits for no longer, because it has ended, or a branch of it
// was aborted: a nested execution or a Map Run, which must end as well. A note of it is written
// with the very transition that gives it up, and removed once it has ended, so that a crash in
// between changes nothing. An EXPRESS execution promises nothing over a crash, and has no notes.
// Pure.

namespace segue::scheduler {

using StartedMapRun = engine::CancelAttempt::MapRun;

struct Leftover {
  ExecutionId execution;  // that started it
  // Of the execution, when this was given up: a redrive has the same Map Run go on, and may give it
  // up once more.
  int64_t redrive = 0;
  engine::AttemptId attempt;
  std::variant<StartedChild, StartedMapRun> started;
  bool has_note = true;
};

// Nothing where the attempt can have started nothing of the kind.
std::optional<Leftover> LeftoverOf(const engine::Execution& execution,
                                   const engine::CancelAttempt& cancel);

// The collection of the notes.
inline constexpr char kLeftovers[] = "leftover";

// "slot/execution/redrive/branch/visit/attempt": a shard's own are found together.
std::string KeyOf(const Leftover& leftover);
// What the keys of a slot's leftovers begin with; the slots are in order. Of kSlotCount: what is
// behind all of them.
std::string LeftoverKeysOf(int slot);
// What the keys of an execution's leftovers begin with.
std::string LeftoverKeysOf(const ExecutionId& execution);

std::string EncodeLeftover(const Leftover& leftover);
// DataLoss, naming the record.
absl::StatusOr<Leftover> DecodeLeftover(const store::Document& document);

// How many of the Map's items a child of the run was given.
int64_t ItemsOf(const StartedMapRun& run, const engine::Execution& child);

}  // namespace segue::scheduler
