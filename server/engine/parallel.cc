#include <cstdint>

#include "server/engine/states.h"

namespace segue::engine {

// States Language, "Parallel State": every branch gets the same input.
Verdict BeginParallel(Step& step, Branch& branch) {
  const auto& parallel = std::get<language::ParallelState>(step.StateOf(branch).detail);
  Evaluator evaluator(step.PlaceOf(branch), Draw::kInput);
  SEGUE_TRY(input, WorkInput(evaluator));
  ++branch.attempt;
  step.Record(branch, HistoryEventType::kParallelStateStarted).name = step.StateOf(branch).name;
  step.ReserveChildren(branch, static_cast<int64_t>(parallel.branches.size()));
  for (const language::StateIndex first : parallel.branches) {
    step.AddChild(branch,
                  {.first = first, .input = input, .item = {}, .previous = branch.last_event});
  }
  step.Block(branch, BranchPhase::kJoining);
  return Waiting();
}

}  // namespace segue::engine
