#include <cmath>
#include <string>
#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/engine/states.h"
#include "server/language/timestamp.h"

namespace segue::engine {
namespace {

// The value of a field of Wait. AWS has its own words for a path that leads nowhere.
Outcome<Json> FieldOf(Evaluator& evaluator, const language::Expression& expression,
                      std::string_view field, const Json& input) {
  Outcome<Json> value = evaluator.Evaluate(expression, input);
  if (value.ok() || value.error().name != "States.Runtime") return value;
  return evaluator.Error(
      "States.Runtime",
      absl::StrCat("The ", std::string(field), "Path parameter does not reference an input value: ",
                   std::string(expression.text())));
}

// "The SecondsPath parameter <what>: <path> == <value>"
WorkflowError BadField(const Evaluator& evaluator, const language::Expression& expression,
                       std::string_view what, const Json& value) {
  return evaluator.Error("States.Runtime",
                         absl::StrCat("The ", std::string(what), ": ",
                                      std::string(expression.text()), " == ", CauseText(value)));
}

Outcome<absl::Time> AfterSeconds(Evaluator& evaluator, const language::Expression& expression,
                                 const Json& input) {
  SEGUE_TRY(value, FieldOf(evaluator, expression, "Seconds", input));
  if (!value.is_int()) {
    return BadField(evaluator, expression, "SecondsPath parameter cannot be parsed as a long value",
                    value);
  }
  if (value.int_value() < 0) {
    return BadField(evaluator, expression, "SecondsPath parameter references a negative value",
                    value);
  }
  return evaluator.now() + absl::Seconds(value.int_value());
}

Outcome<absl::Time> AtTimestamp(Evaluator& evaluator, const language::Expression& expression,
                                const Json& input) {
  SEGUE_TRY(value, FieldOf(evaluator, expression, "Timestamp", input));
  const std::optional<absl::Time> time =
      value.is_string() ? language::ParseTimestamp(value.string()) : std::nullopt;
  if (!time) {
    return BadField(evaluator, expression,
                    "TimestampPath parameter does not reference a valid ISO-8601 extended offset "
                    "date-time format string",
                    value);
  }
  return *time;
}

}  // namespace

// States Language, "Wait State".
Verdict BeginWait(Step& step, Branch& branch) {
  const auto& wait = std::get<language::WaitState>(step.StateOf(branch).detail);
  Evaluator evaluator(step.PlaceOf(branch), Draw::kInput);
  SEGUE_TRY(input, EffectiveInput(evaluator));
  SEGUE_TRY(until, wait.seconds != nullptr ? AfterSeconds(evaluator, *wait.seconds, input)
                                           : AtTimestamp(evaluator, *wait.timestamp, input));
  if (until <= step.now()) return Done(step.StateOf(branch), std::move(input));
  step.Block(branch, BranchPhase::kWaiting, until);
  return Waiting();
}

Verdict EndWait(Step& step, Branch& branch) {
  Evaluator evaluator(step.PlaceOf(branch), Draw::kInput);
  SEGUE_TRY(input, EffectiveInput(evaluator));
  return Done(step.StateOf(branch), std::move(input));
}

}  // namespace segue::engine
