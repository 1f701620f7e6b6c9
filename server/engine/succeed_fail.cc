#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/engine/states.h"

namespace segue::engine {
namespace {

// Error or Cause of a Fail state: literal, path or function; a string in any case.
Outcome<std::string> TextOf(Evaluator& evaluator, const language::ExpressionPtr& expression,
                            const char* field) {
  if (expression == nullptr) return std::string();
  SEGUE_TRY(value, evaluator.Evaluate(*expression, evaluator.raw_input()));
  if (value.is_string()) return value.string();
  return evaluator.Error("States.Runtime",
                         absl::StrCat("The ", field, "Path parameter does not reference a string: ",
                                      std::string(expression->text()), " == ", value.Dump()));
}

}  // namespace

Verdict BeginSucceed(Step& step, Branch& branch) {
  Evaluator evaluator(step.PlaceOf(branch), Draw::kInput);
  SEGUE_TRY(input, EffectiveInput(evaluator));
  return Done(step.StateOf(branch), std::move(input));
}

Verdict BeginFail(Step& step, Branch& branch) {
  const auto& fail = std::get<language::FailState>(step.StateOf(branch).detail);
  Evaluator evaluator(step.PlaceOf(branch), Draw::kInput);
  SEGUE_TRY(error, TextOf(evaluator, fail.error, "Error"));
  SEGUE_TRY(cause, TextOf(evaluator, fail.cause, "Cause"));
  return Failed(WorkflowError{std::move(error), std::move(cause)});
}

}  // namespace segue::engine
