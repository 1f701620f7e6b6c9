#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "absl/time/time.h"
#include "server/base/json.h"
#include "server/base/outcome.h"
#include "server/base/random.h"
#include "server/engine/execution.h"
#include "server/language/workflow.h"

// How data flows through a state (States Language, "Input and Output Processing"):
//
//   raw input -> InputPath -> Parameters or Arguments -> the state's work -> result
//   result -> ResultSelector -> ResultPath, put into the raw input -> OutputPath -> output
//
// or, where the state has an Output, result -> Output -> output. A filter that is absent lets its
// value through, so both query languages are one pipeline.

namespace segue::engine {

// The error of an expression that cannot be evaluated, or gives what its field cannot take.
inline constexpr std::string_view kEvaluationError = "States.QueryEvaluationError";

// What random numbers are drawn for. Each use has a sequence of its own, so that it draws the same
// numbers however often it is evaluated: all attempts of a task send the same States.UUID().
enum class Draw : uint64_t { kInput = 1, kOutput = 2, kBackoff = 3, kItem = 4, kMapRun = 5 };

// A generator that depends on nothing but the execution's seed and the place that draws.
// `index` tells draws of one place apart where they are to differ: the retry, the item.
Random RandomFor(const Execution& execution, const Branch& branch, Draw draw, int64_t index = 0);

// The filters of the pipeline whose values an Inspector sees.
enum class Filter { kInputPath, kParameters, kArguments, kResultSelector, kResultPath };

// Watches the values of a state on their way through the pipeline: what each filter made, in
// JSONPath also where the state does not have that filter. One value may be seen twice.
class Inspector {
 public:
  virtual ~Inspector() = default;
  virtual void See(Filter filter, const Json& value) = 0;
};

// Evaluates the expressions of the state that a branch stands in. Lives as long as one use of them;
// borrows all that it is made of.
class Evaluator {
 public:
  struct Place {
    const language::Workflow& workflow;
    const Execution& execution;
    const Branch& branch;
    absl::Time now;
    const MapItem* item = nullptr;  // instead of the branch's own
    const Json* context = nullptr;  // instead of the Context Object that is made
    Inspector* inspector = nullptr;
  };
  Evaluator(const Place& place, Draw draw, int64_t index = 0);
  Evaluator(const Evaluator&) = delete;
  Evaluator& operator=(const Evaluator&) = delete;

  const language::State& state() const { return state_; }
  const Json& raw_input() const { return place_.branch.input; }
  absl::Time now() const { return place_.now; }

  // What JSONata sees besides its input; JSONPath sees `input` alone.
  struct Extra {
    const Json* result = nullptr;
    const Json* error_output = nullptr;
  };

  Outcome<Json> Evaluate(const language::Expression& expression, const Json& input, Extra extra);
  Outcome<Json> Evaluate(const language::Expression& expression, const Json& input) {
    return Evaluate(expression, input, Extra());
  }
  Outcome<bool> Test(const language::Condition& condition, const Json& input);
  // `value` itself where there is no filter.
  Outcome<Json> Through(const language::ExpressionPtr& filter, const Json& value);

  // Shows a value to the inspector, where there is one.
  void Show(Filter filter, const Json& value) const;

  // An error that running this state has met: its cause names the state, as AWS's do.
  WorkflowError Error(std::string_view name, std::string_view cause) const;
  // The same of a field whose value is wrong: States.Runtime in JSONPath, and
  // States.QueryEvaluationError with the field's location in JSONata.
  WorkflowError FieldError(std::string_view location, std::string_view cause) const;

  bool is_jsonata() const { return state_.query_language == language::QueryLanguage::kJsonata; }
  const Limits& limits() const { return place_.execution.limits; }
  int64_t variable_bytes() const { return place_.execution.variable_bytes; }
  const language::Variables& own_variables() const { return place_.branch.variables; }

 private:
  template <typename T, typename Evaluable>
  Outcome<T> Run(const Evaluable& evaluable, const Json& input, Extra extra);

  const Place place_;
  const language::State& state_;
  Random random_;
  language::Allowance allowance_;
  language::Variables merged_;            // used where several branches have variables
  const language::Variables* variables_;  // all that the branch sees
  std::optional<Json> context_;           // made when first asked for
};

// After InputPath: what Wait, Choice and Succeed work on, and where a Map finds its items.
Outcome<Json> EffectiveInput(Evaluator& evaluator);

// After Parameters or Arguments too: what a Task sends, a Parallel hands to its branches, a Pass
// returns.
Outcome<Json> WorkInput(Evaluator& evaluator);

// The state's output, made of its result. `override` (a Choice rule's Output) goes before the
// state's own.
Outcome<Json> MakeOutput(Evaluator& evaluator, const Json& result,
                         const language::ExpressionPtr& override);

// What a catcher makes of an error.
Outcome<Json> MakeCaughtOutput(Evaluator& evaluator, const language::Catcher& catcher,
                               const Json& error_output);

// The values that `assignments` give (States Language, "Assign"): all are evaluated with the
// variables as they were at the state's entry. JSONPath's `$` is the result, or with a catcher the
// error output.
Outcome<language::Variables> Assigned(Evaluator& evaluator,
                                      const language::Assignments& assignments,
                                      Evaluator::Extra extra);

// The integer that a number, or a numeric string, is; nothing where it is none.
std::optional<int64_t> WholeNumber(const Json& value);

// A number that a field holds: of seconds, of failures. In JSONPath a field that ends in Path may
// give a numeric string too [recorded].
struct NumberField {
  const language::ExpressionPtr& expression;
  std::string_view name;  // without "Path"
};
Outcome<int64_t> IntegerOf(Evaluator& evaluator, const NumberField& field, const Json& input);
Outcome<double> FloatOf(Evaluator& evaluator, const NumberField& field, const Json& input);

// Whether a payload is more text than `limits` allow or nested deeper than kPayloadDepthMax.
bool IsTooLarge(const Json& value, const Limits& limits);

// The text of a value inside a cause: a string without its quotes.
std::string CauseText(const Json& value);

// States.DataLimitExceeded, in AWS's words.
WorkflowError DataLimitExceeded(std::string_view state_or_task);

}  // namespace segue::engine
