#pragma once

#include <string>

#include "server/base/random.h"

namespace segue::simulation {

// A random definition in the States Language (JSONPath), which ends whatever its services answer:
// Pass, Task with retries, catches and timeouts, Wait, Choice (forward, and loops that count down),
// Parallel and Map inside each other. It calls services "s0" ... and expects an input of
// RandomInput.
struct WorkflowShape {
  int services = 1;
  int depth_max = 3;
  int states_max = 4;                                                 // of one sequence
  enum class Deadline { kDrawn, kNone } deadline = Deadline::kDrawn;  // of the whole
};
std::string RandomWorkflow(const WorkflowShape& shape, Random& random);

// {"n": 3, "items": [{"n": 1, "items": [...]}, ...]}, as deep as a definition may look.
std::string RandomInput(Random& random);

}  // namespace segue::simulation
