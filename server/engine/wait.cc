#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/engine/states.h"
#include "server/language/timestamp.h"

namespace segue::engine {
namespace {

// A year: what AWS takes (99,999,999 s), and no sum of times can overflow.
constexpr int64_t kSecondsMax = 99'999'999;

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

// What is wrong with a field's value, in the words that AWS has for either language.
struct Complaint {
  std::string_view field;       // "Seconds"
  std::string_view in_path;     // "cannot be parsed as a long value"
  std::string_view in_jsonata;  // the same, of a field that is no path
};

// JSONPath: "The SecondsPath parameter <in_path>: <path> == <value>"; JSONata: "The Seconds field
// <in_jsonata>: <value>".
WorkflowError BadField(const Evaluator& evaluator, const language::Expression& expression,
                       const Complaint& complaint, const Json& value) {
  const std::string field(complaint.field);
  if (evaluator.is_jsonata()) {
    return evaluator.FieldError(
        field, absl::StrCat("The ", field, " field ", std::string(complaint.in_jsonata), ": ",
                            CauseText(value)));
  }
  return evaluator.FieldError(
      field, absl::StrCat("The ", field, "Path parameter ", std::string(complaint.in_path), ": ",
                          std::string(expression.text()), " == ", CauseText(value)));
}

Outcome<absl::Time> AfterSeconds(Evaluator& evaluator, const language::Expression& expression,
                                 const Json& input) {
  SEGUE_TRY(value, FieldOf(evaluator, expression, "Seconds", input));
  const std::optional<int64_t> seconds = WholeNumber(value);
  if (!seconds || (!evaluator.is_jsonata() && !value.is_int())) {
    return BadField(evaluator, expression,
                    {"Seconds", "cannot be parsed as a long value", "is not a valid integer"},
                    value);
  }
  if (*seconds < 0) {
    return BadField(evaluator, expression,
                    {"Seconds", "references a negative value", "cannot be negative"}, value);
  }
  if (*seconds > kSecondsMax) {
    return BadField(
        evaluator, expression,
        {"Seconds", "references a value that is too large", "cannot be greater than 99999999"},
        value);
  }
  return evaluator.now() + absl::Seconds(*seconds);
}

Outcome<absl::Time> AtTimestamp(Evaluator& evaluator, const language::Expression& expression,
                                const Json& input) {
  SEGUE_TRY(value, FieldOf(evaluator, expression, "Timestamp", input));
  const std::optional<absl::Time> time =
      value.is_string() ? language::ParseTimestamp(value.string()) : std::nullopt;
  if (time) return *time;
  return BadField(
      evaluator, expression,
      {"Timestamp", "does not reference a valid ISO-8601 extended offset date-time format string",
       "cannot be parsed as an ISO-8601 extended offset date-time format string"},
      value);
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
