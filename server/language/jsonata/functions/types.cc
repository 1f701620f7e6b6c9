#include <cmath>
#include <string>

#include "server/language/jsonata/evaluator.h"
#include "server/language/jsonata/functions/functions.h"

namespace segue::language::jsonata::functions {
namespace {

// A fault of the expression's own.
Value Thrown(Evaluator& evaluator, std::string_view code, Value message,
             std::string_view otherwise) {
  const bool said = message.is_string() && !message.text().empty();
  return evaluator.Fail({.code = code, .text = std::string(said ? message.text() : otherwise)});
}

}  // namespace

Value Boolean(Evaluator& evaluator, std::span<const Value> arguments) {
  if (arguments[0].is_undefined()) return Value();
  if (arguments[0].is_number() && std::isinf(arguments[0].number())) {
    return evaluator.Fail({.code = "D1001", .value = arguments[0]});
  }
  return Value::Bool(IsTruthy(arguments[0]));
}

Value Not(Evaluator& evaluator, std::span<const Value> arguments) {
  const Value truth = Boolean(evaluator, arguments);
  return truth.is_bool() ? Value::Bool(!truth.bool_value()) : truth;
}

Value Exists(Evaluator&, std::span<const Value> arguments) {
  return Value::Bool(!arguments[0].is_undefined());
}

Value Type(Evaluator& evaluator, std::span<const Value> arguments) {
  switch (arguments[0].tag()) {
    case Value::Tag::kNull:
      return Value::Text("null");
    case Value::Tag::kBool:
      return Value::Text("boolean");
    case Value::Tag::kNumber:
      // What is no number is an object to the reference.
      if (IsNumeric(&evaluator, arguments[0])) return Value::Text("number");
      return std::isnan(arguments[0].number()) ? Value::Text("object") : Value::Failed();
    case Value::Tag::kString:
      return Value::Text("string");
    case Value::Tag::kArray:
      return Value::Text("array");
    case Value::Tag::kObject:
      return Value::Text("object");
    case Value::Tag::kFunction:
      return Value::Text("function");
    default:
      return Value();
  }
}

Value Error(Evaluator& evaluator, std::span<const Value> arguments) {
  return Thrown(evaluator, "D3137", arguments[0], "$error() function evaluated");
}

Value Assert(Evaluator& evaluator, std::span<const Value> arguments) {
  if (arguments[0].is_bool() && arguments[0].bool_value()) return Value();
  return Thrown(evaluator, "D3141", arguments[1], "$assert() statement failed");
}

}  // namespace segue::language::jsonata::functions
