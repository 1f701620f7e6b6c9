#include <utility>

#include "server/engine/states.h"

namespace segue::engine {

// States Language, "Pass State": Result where there is one, else the input goes through.
Verdict BeginPass(Step& step, Branch& branch) {
  const language::State& state = step.StateOf(branch);
  const auto& pass = std::get<language::PassState>(state.detail);
  if (pass.result) return Done(state, *pass.result);
  Evaluator evaluator(step.PlaceOf(branch), Draw::kInput);
  SEGUE_TRY(input, WorkInput(evaluator));
  return Done(state, std::move(input));
}

}  // namespace segue::engine
