#include <cmath>
#include <limits>

#include "server/language/jsonata/evaluator.h"
#include "server/language/jsonata/functions/functions.h"

namespace segue::language::jsonata::functions {
namespace {

// Folds an array of numbers; undefined where there is none.
template <typename F>
Value Fold(Evaluator& evaluator, Value numbers, double start, F fold) {
  if (numbers.is_undefined()) return Value();
  if (!evaluator.Spend(numbers.size())) return Value::Failed();
  double folded = start;
  for (size_t i = 0; i < numbers.size(); ++i) folded = fold(folded, numbers.At(i).number());
  return Value::Number(folded);
}

double Plus(double a, double b) { return a + b; }

bool IsEmpty(Value array) { return array.is_undefined() || array.size() == 0; }

}  // namespace

Value Sum(Evaluator& evaluator, std::span<const Value> arguments) {
  return Fold(evaluator, arguments[0], 0, Plus);
}

Value Count(Evaluator&, std::span<const Value> arguments) {
  const Value array = arguments[0];
  return Value::Number(array.is_undefined() ? 0 : static_cast<double>(array.size()));
}

Value Max(Evaluator& evaluator, std::span<const Value> arguments) {
  if (IsEmpty(arguments[0])) return Value();
  return Fold(evaluator, arguments[0], -std::numeric_limits<double>::infinity(),
              [](double a, double b) { return std::isnan(b) || b > a ? b : a; });
}

Value Min(Evaluator& evaluator, std::span<const Value> arguments) {
  if (IsEmpty(arguments[0])) return Value();
  return Fold(evaluator, arguments[0], std::numeric_limits<double>::infinity(),
              [](double a, double b) { return std::isnan(b) || b < a ? b : a; });
}

Value Average(Evaluator& evaluator, std::span<const Value> arguments) {
  if (IsEmpty(arguments[0])) return Value();
  const Value sum = Fold(evaluator, arguments[0], 0, Plus);
  if (sum.failed()) return sum;
  return Value::Number(sum.number() / static_cast<double>(arguments[0].size()));
}

}  // namespace segue::language::jsonata::functions
