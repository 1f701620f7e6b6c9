#include "server/engine/io.h"

#include <cmath>
#include <string>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "server/base/json_size.h"
#include "server/engine/apply.h"
#include "server/engine/context.h"

namespace segue::engine {
namespace {

constexpr std::string_view kRuntime = "States.Runtime";
constexpr std::string_view kDataLimit = "States.DataLimitExceeded";

// The variables that `branch` sees: its own and those of all branches above. A name is assigned in
// one scope only (the definition is checked for that), so the order of merging does not matter.
const language::Variables* Visible(const Execution& execution, const Branch& branch,
                                   language::Variables& merged) {
  const language::Variables* found = nullptr;
  bool several = false;
  for (const Branch* at = &branch; at != nullptr;
       at = at->parent ? execution.Find(*at->parent) : nullptr) {
    if (at->variables.empty()) continue;
    if (found == nullptr) {
      found = &at->variables;
      continue;
    }
    if (!several) merged = *found;
    several = true;
    for (const auto& [name, value] : at->variables) merged.Set(name, value);
  }
  return several || found == nullptr ? &merged : found;
}

Outcome<Json> PutResult(Evaluator& evaluator, const language::ResultTarget& target, Json result) {
  switch (target.kind) {
    case language::ResultTarget::Kind::kReplace:
      return result;
    case language::ResultTarget::Kind::kDiscard:
      return evaluator.raw_input();
    case language::ResultTarget::Kind::kPath:
      break;
  }
  Outcome<Json> put = target.path.Put(evaluator.raw_input(), std::move(result));
  if (!put.ok()) return evaluator.Error(put.error().name, put.error().cause);
  return put;
}

std::optional<double> NumberOf(const Json& value) {
  if (value.is_number()) return value.number();
  double number = 0;
  if (value.is_string() && absl::SimpleAtod(value.string(), &number)) return number;
  return std::nullopt;
}

// A field's number is no number, or not the kind that it must be.
WorkflowError NotA(std::string_view kind, Evaluator& evaluator, const NumberField& field,
                   const Json& value) {
  if (evaluator.is_jsonata()) {
    return evaluator.FieldError(
        field.name, absl::StrCat("The ", std::string(field.name), " field is not a valid ",
                                 std::string(kind), ": ", value.Dump()));
  }
  const std::string_view path = field.expression->text();
  return evaluator.Error(
      kRuntime,
      absl::StrCat("The ", std::string(field.name), path.empty() ? "" : "Path",
                   " field refers to value \"", CauseText(value), "\" which is not a valid ",
                   std::string(kind), path.empty() ? "" : ": ", std::string(path)));
}

// What an Assign gives must fit beside all that there is.
std::optional<WorkflowError> CheckSize(const Evaluator& evaluator,
                                       const language::Variables& assigned) {
  const Limits& limits = evaluator.limits();
  const auto too_large = [&evaluator](const std::string& what, int64_t max) {
    return evaluator.Error(kDataLimit,
                           absl::StrCat(what, " exceeds the maximum size of ", max, " bytes."));
  };
  int64_t bytes = 0;
  int64_t replaced = 0;
  for (const auto& [name, value] : assigned) {
    const int64_t size = SizeUpTo(value, limits.assigned_bytes_max);
    if (size > limits.assigned_bytes_max) {
      return too_large(absl::StrCat("The variable '", name, "'"), limits.assigned_bytes_max);
    }
    bytes += size + static_cast<int64_t>(name.size());
    if (const Json* old = evaluator.own_variables().Find(name)) {
      replaced += SizeUpTo(*old, limits.assigned_bytes_max) + static_cast<int64_t>(name.size());
    }
  }
  if (bytes > limits.assigned_bytes_max) {
    return too_large("The total of the variables in Assign", limits.assigned_bytes_max);
  }
  if (evaluator.variable_bytes() - replaced + bytes > limits.variables_bytes_max) {
    return too_large("The total of the execution's variables", limits.variables_bytes_max);
  }
  return std::nullopt;
}

}  // namespace

Random RandomFor(const Execution& execution, const Branch& branch, Draw draw, int64_t index) {
  // Each part goes through the generator, so that neighbouring places have nothing in common.
  uint64_t seed = execution.seed;
  for (const uint64_t part : {branch.id.value(), static_cast<uint64_t>(branch.visit),
                              static_cast<uint64_t>(draw), static_cast<uint64_t>(index)}) {
    seed = Random(seed ^ Random(part).Next()).Next();
  }
  return Random(seed);
}

Evaluator::Evaluator(const Place& place, Draw draw, int64_t index)
    : place_(place),
      state_(place.workflow.state(place.branch.state)),
      random_(RandomFor(place.execution, place.branch, draw, index)),
      variables_(Visible(place.execution, place.branch, merged_)) {}

WorkflowError Evaluator::Error(std::string_view name, std::string_view cause) const {
  return {std::string(name), absl::StrCat("An error occurred while executing the state '",
                                          state_.name, "' (entered at the event id #",
                                          place_.branch.entered_event, "). ", std::string(cause))};
}

WorkflowError Evaluator::FieldError(std::string_view location, std::string_view cause) const {
  if (!is_jsonata()) return Error(kRuntime, cause);
  WorkflowError error = Error(kEvaluationError, cause);
  error.location = location;
  return error;
}

template <typename T, typename Evaluable>
Outcome<T> Evaluator::Run(const Evaluable& evaluable, const Json& input, Extra extra) {
  const auto context = [this] {
    if (!context_ && place_.context != nullptr) {
      context_ = place_.item == nullptr ? *place_.context : WithItem(*place_.context, *place_.item);
    }
    if (!context_) {
      context_ = MakeContext(place_.workflow, place_.execution, place_.branch, place_.item);
    }
    return *context_;
  };
  const language::Scope scope{.input = input,
                              .context = context,
                              .variables = *variables_,
                              .result = extra.result,
                              .error_output = extra.error_output,
                              .now = place_.now,
                              .random = random_,
                              .allowance = allowance_};
  Outcome<T> value = evaluable.Evaluate(scope);
  if (value.ok()) return value;
  WorkflowError error = Error(value.error().name, value.error().cause);
  error.location = value.error().location;
  return error;
}

Outcome<Json> Evaluator::Evaluate(const language::Expression& expression, const Json& input,
                                  Extra extra) {
  return Run<Json>(expression, input, extra);
}

Outcome<bool> Evaluator::Test(const language::Condition& condition, const Json& input) {
  return Run<bool>(condition, input, Extra());
}

Outcome<Json> Evaluator::Through(const language::ExpressionPtr& filter, const Json& value) {
  if (filter == nullptr) return value;
  return Evaluate(*filter, value);
}

void Evaluator::Show(Filter filter, const Json& value) const {
  if (place_.inspector != nullptr) place_.inspector->See(filter, value);
}

Outcome<Json> EffectiveInput(Evaluator& evaluator) {
  SEGUE_TRY(input, evaluator.Through(evaluator.state().input_path, evaluator.raw_input()));
  evaluator.Show(Filter::kInputPath, input);
  return input;
}

Outcome<Json> WorkInput(Evaluator& evaluator) {
  SEGUE_TRY(input, EffectiveInput(evaluator));
  SEGUE_TRY(parameters, evaluator.Through(evaluator.state().parameters, input));
  evaluator.Show(Filter::kParameters, parameters);
  if (evaluator.state().arguments == nullptr) return parameters;
  SEGUE_TRY(arguments, evaluator.Evaluate(*evaluator.state().arguments, parameters));
  evaluator.Show(Filter::kArguments, arguments);
  return arguments;
}

Outcome<Json> MakeOutput(Evaluator& evaluator, const Json& result,
                         const language::ExpressionPtr& override) {
  const language::State& state = evaluator.state();
  const language::ExpressionPtr& output = override != nullptr ? override : state.output;
  if (output != nullptr) {
    return evaluator.Evaluate(*output, evaluator.raw_input(), {.result = &result});
  }
  SEGUE_TRY(selected, evaluator.Through(state.result_selector, result));
  evaluator.Show(Filter::kResultSelector, selected);
  SEGUE_TRY(whole, PutResult(evaluator, state.result_path, std::move(selected)));
  evaluator.Show(Filter::kResultPath, whole);
  return evaluator.Through(state.output_path, whole);
}

Outcome<Json> MakeCaughtOutput(Evaluator& evaluator, const language::Catcher& catcher,
                               const Json& error_output) {
  if (catcher.output != nullptr) {
    return evaluator.Evaluate(*catcher.output, evaluator.raw_input(),
                              {.error_output = &error_output});
  }
  return PutResult(evaluator, catcher.result_path, error_output);
}

Outcome<language::Variables> Assigned(Evaluator& evaluator,
                                      const language::Assignments& assignments,
                                      Evaluator::Extra extra) {
  // JSONPath has one `$`, and here it is not the state's input; JSONata keeps them apart.
  const Json* dollar = &evaluator.raw_input();
  if (evaluator.state().query_language == language::QueryLanguage::kJsonPath) {
    dollar = extra.error_output != nullptr ? extra.error_output : extra.result;
  }
  language::Variables assigned;
  for (const auto& [name, expression] : assignments) {
    SEGUE_TRY(value, evaluator.Evaluate(*expression, *dollar, extra));
    assigned.Set(name, std::move(value));
  }
  if (assigned.empty()) return assigned;
  if (const auto error = CheckSize(evaluator, assigned)) return *error;
  return assigned;
}

std::optional<int64_t> WholeNumber(const Json& value) {
  if (value.is_int()) return value.int_value();
  const std::optional<double> number = NumberOf(value);
  // 2^63 is the first double that is too large; the comparison is false for NaN too.
  if (!number || !(std::abs(*number) < 0x1p63) || *number != std::trunc(*number)) {
    return std::nullopt;
  }
  return static_cast<int64_t>(*number);
}

Outcome<int64_t> IntegerOf(Evaluator& evaluator, const NumberField& field, const Json& input) {
  SEGUE_TRY(value, evaluator.Evaluate(*field.expression, input));
  const std::optional<int64_t> number = WholeNumber(value);
  if (!number) return NotA("integer", evaluator, field, value);
  return *number;
}

Outcome<double> FloatOf(Evaluator& evaluator, const NumberField& field, const Json& input) {
  SEGUE_TRY(value, evaluator.Evaluate(*field.expression, input));
  const std::optional<double> number = NumberOf(value);
  if (!number) return NotA("float", evaluator, field, value);
  return *number;
}

bool IsTooLarge(const Json& value, const Limits& limits) {
  return SizeUpTo(value, limits.payload_bytes_max) > limits.payload_bytes_max ||
         value.DeeperThan(kPayloadDepthMax);
}

std::string CauseText(const Json& value) {
  return value.is_string() ? value.string() : value.Dump();
}

WorkflowError DataLimitExceeded(std::string_view state_or_task) {
  return {"States.DataLimitExceeded",
          absl::StrCat("The state/task '", std::string(state_or_task),
                       "' returned a result with a size exceeding the maximum number of bytes "
                       "service limit.")};
}

}  // namespace segue::engine
