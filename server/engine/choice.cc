#include <utility>

#include "server/engine/states.h"

namespace segue::engine {

// States Language, "Choice State": the first rule that holds says where to go on.
Verdict BeginChoice(Step& step, Branch& branch) {
  const language::State& state = step.StateOf(branch);
  const auto& choice = std::get<language::ChoiceState>(state.detail);
  Evaluator evaluator(step.PlaceOf(branch), Draw::kInput);
  SEGUE_TRY(input, EffectiveInput(evaluator));
  for (const language::ChoiceRule& rule : choice.rules) {
    SEGUE_TRY(holds, evaluator.Test(*rule.condition, input));
    if (!holds) continue;
    // The state's own Output is for Default alone, like its Assign: a rule that has none lets the
    // input through.
    const bool passes = rule.output == nullptr && evaluator.is_jsonata();
    return Finished{std::move(input), rule.next, &rule.assign,
                    passes ? language::Literal(evaluator.raw_input()) : rule.output};
  }
  if (!choice.otherwise) {
    return evaluator.Error("States.NoChoiceMatched",
                           "Failed to transition out of the state. The state does not point to a "
                           "next state.");
  }
  return Finished{std::move(input), *choice.otherwise, &state.assign, nullptr};
}

}  // namespace segue::engine
