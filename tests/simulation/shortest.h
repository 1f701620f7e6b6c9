#pragma once

#include <string>

#include "tests/simulation/simulation.h"

namespace segue::simulation {

// A run in a process of its own, which a SEGUE_CHECK, a sanitizer or kTrySeconds may stop.
struct Tried {
  std::string rule;  // that was broken, "stopped" where the process was; empty: it holds
  RunResult result;  // as far as a search needs it
  bool failed() const { return !rule.empty(); }
};
inline constexpr unsigned kTrySeconds = 120;
Tried TryRun(const RunOptions& options);

// What a run that fails can be cut down to, so that it still breaks the same rule: first the phase
// with faults, then the requests, the operations, the clients; each by halves, each from what the
// one before has left.
Cuts ShortestCuts(RunOptions failing, const Tried& tried);

}  // namespace segue::simulation
