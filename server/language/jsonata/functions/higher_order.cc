#include <algorithm>
#include <vector>

#include "server/language/jsonata/evaluator.h"
#include "server/language/jsonata/functions/functions.h"
#include "server/language/jsonata/utf.h"

// Functions that call functions.

namespace segue::language::jsonata::functions {
namespace {

// Calls a function with as many of (value, where, all) as it declares, but at least the first.
class Caller {
 public:
  Caller(Evaluator* evaluator, Value function, Value all)
      : evaluator_(*evaluator), function_(function), all_(all) {
    if (function.is_function()) count_ = std::clamp<size_t>(Evaluator::Arity(function), 1, 3);
  }

  Value operator()(Value value, Value where) {
    const Value arguments[] = {value, where, all_};
    return evaluator_.Call(function_, std::span(arguments).first(count_));
  }

 private:
  Evaluator& evaluator_;
  const Value function_;
  const Value all_;
  size_t count_ = 1;
};

Value IndexValue(size_t index) { return Value::Number(static_cast<double>(index)); }

// As `if` of JavaScript sees what a comparator gave.
bool IsTrueInJavaScript(Value value) {
  return value.is_array() || value.is_object() || value.is_function() || IsTruthy(value);
}

bool AllAre(Value array, Value::Tag tag) {
  for (size_t i = 0; i < array.size(); ++i) {
    if (array.At(i).tag() != tag) return false;
  }
  return true;
}

}  // namespace

Value Map(Evaluator& evaluator, std::span<const Value> arguments) {
  const Value array = arguments[0];
  if (array.is_undefined()) return Value();
  Caller call(&evaluator, arguments[1], array);
  Evaluator::Gatherer results(&evaluator);
  for (size_t i = 0; i < array.size(); ++i) {
    const Value result = call(array.At(i), IndexValue(i));
    if (result.failed()) return result;
    if (!result.is_undefined()) results.Add(result);
  }
  return results.Finish(Value::kSequence);
}

Value Filter(Evaluator& evaluator, std::span<const Value> arguments) {
  const Value array = arguments[0];
  if (array.is_undefined()) return Value();
  Caller call(&evaluator, arguments[1], array);
  Evaluator::Gatherer results(&evaluator);
  for (size_t i = 0; i < array.size(); ++i) {
    const Value result = call(array.At(i), IndexValue(i));
    if (result.failed()) return result;
    if (IsTruthy(result)) results.Add(array.At(i));
  }
  return results.Finish(Value::kSequence);
}

Value Single(Evaluator& evaluator, std::span<const Value> arguments) {
  const Value array = arguments[0];
  if (array.is_undefined()) return Value();
  Caller call(&evaluator, arguments[1], array);
  Value found;
  bool one = false;
  for (size_t i = 0; i < array.size(); ++i) {
    if (!arguments[1].is_undefined()) {
      const Value result = call(array.At(i), IndexValue(i));
      if (result.failed()) return result;
      if (!IsTruthy(result)) continue;
    }
    if (one) return evaluator.Fail({.code = "D3138", .index = static_cast<double>(i)});
    one = true;
    found = array.At(i);
  }
  return one ? found : evaluator.Fail("D3139");
}

Value Reduce(Evaluator& evaluator, std::span<const Value> arguments) {
  const Value array = arguments[0];
  if (array.is_undefined()) return Value();
  const size_t arity = arguments[1].is_function() ? Evaluator::Arity(arguments[1]) : 0;
  if (arity < 2) return evaluator.Fail({.code = "D3050", .index = 1});
  const bool starts_with_first = arguments[2].is_undefined() && array.size() > 0;
  Value result = starts_with_first ? array.At(0) : arguments[2];
  for (size_t i = starts_with_first ? 1 : 0; i < array.size(); ++i) {
    const Value all[] = {result, array.At(i), IndexValue(i), array};
    result = evaluator.Call(arguments[1], std::span(all).first(std::min<size_t>(arity, 4)));
    if (result.failed()) return result;
  }
  return result;
}

Value Sift(Evaluator& evaluator, std::span<const Value> arguments) {
  const Value object = arguments[0];
  if (!object.is_object()) return Value();
  Caller call(&evaluator, arguments[1], object);
  Object* kept = NewObject(&evaluator.arena(), 0);
  bool good = true;
  ForEachMember(object, [&](std::string_view name, Value value) {
    const Value result = call(value, Value::Text(name));
    good = !result.failed();
    if (good && IsTruthy(result)) kept->Add(name, value, &evaluator.arena());
    return good;
  });
  if (!good) return Value::Failed();
  return kept->size == 0 ? Value() : Value::Of(kept);
}

Value Each(Evaluator& evaluator, std::span<const Value> arguments) {
  const Value object = arguments[0];
  Evaluator::Gatherer results(&evaluator);
  bool good = true;
  if (object.is_object()) {
    Caller call(&evaluator, arguments[1], object);
    ForEachMember(object, [&](std::string_view name, Value value) {
      const Value result = call(value, Value::Text(name));
      good = !result.failed();
      if (good && !result.is_undefined()) results.Add(result);
      return good;
    });
  }
  return good ? results.Finish(Value::kSequence) : Value::Failed();
}

Value Sort(Evaluator& evaluator, std::span<const Value> arguments) {
  const Value array = arguments[0];
  if (array.is_undefined() || array.size() <= 1) return array;
  const Value comparator = arguments[1];
  if (!evaluator.Spend(array.size())) return Value::Failed();
  if (comparator.is_undefined() && !AllAre(array, Value::Tag::kNumber) &&
      !AllAre(array, Value::Tag::kString)) {
    return evaluator.Fail({.code = "D3070", .index = 1});
  }
  std::vector<Value> sorted;
  sorted.reserve(array.size());
  for (size_t i = 0; i < array.size(); ++i) sorted.push_back(array.At(i));
  const auto comes_after = [&](Value a, Value b) -> std::optional<bool> {
    if (!comparator.is_undefined()) {
      const Value pair[] = {a, b};
      const Value result = evaluator.Call(comparator, pair);
      if (result.failed()) return std::nullopt;
      return IsTrueInJavaScript(result);
    }
    if (a.is_number()) return a.number() > b.number();
    return CompareUtf16(a.text(), b.text()) > 0;
  };
  if (!evaluator.Sort(sorted, comes_after)) return Value::Failed();
  if (!evaluator.Afford(sorted.size() * sizeof(Value))) return Value::Failed();
  return ListOf(&evaluator.arena(), sorted.data(), sorted.size(), 0);
}

}  // namespace segue::language::jsonata::functions
