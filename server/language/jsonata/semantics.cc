#include <cmath>

#include "server/language/jsonata/evaluator.h"

// What values mean to operators and functions alike.

namespace segue::language::jsonata {
namespace {

bool DeepEqualObjects(Evaluator* evaluator, Value a, Value b) {
  if (a.MemberCount() != b.MemberCount()) return false;
  bool equal = true;
  ForEachMember(a, [&](std::string_view name, Value value) {
    const Value other = b.Find(name);
    equal = DeepEqual(evaluator, value, other);
    return equal;
  });
  return equal;
}

bool IsTruthyScalar(Value value) {
  switch (value.tag()) {
    case Value::Tag::kBool:
      return value.bool_value();
    case Value::Tag::kNumber:
      return value.number() != 0 && !std::isnan(value.number());
    case Value::Tag::kString:
      return !value.text().empty();
    case Value::Tag::kObject:
      return value.MemberCount() > 0;
    case Value::Tag::kFunction:
      // The reference's own functions are objects with members; what it made of them is not.
      return !value.Has(Value::kBorrowed) && value.function()->kind != Function::Kind::kRegex &&
             value.function()->kind != Function::Kind::kNextMatch;
    default:
      return false;
  }
}

}  // namespace

bool IsTruthy(Value value) {
  // An array is what any of its elements is. Nesting is followed without recursion: it may be deep.
  std::vector<Value> waiting;
  for (;;) {
    if (value.is_array()) {
      if (value.size() == 1) {
        value = value.At(0);
        continue;
      }
      for (size_t i = value.size(); i > 0; --i) waiting.push_back(value.At(i - 1));
    } else if (IsTruthyScalar(value)) {
      return true;
    }
    if (waiting.empty()) return false;
    value = waiting.back();
    waiting.pop_back();
  }
}

bool IsNumeric(Evaluator* evaluator, Value value) {
  if (!value.is_number() || std::isnan(value.number())) return false;
  if (std::isfinite(value.number())) return true;
  evaluator->Fail({.code = "D1001", .value = value});
  return false;
}

bool DeepEqual(Evaluator* evaluator, Value a, Value b) {
  if (a.tag() != b.tag()) return false;
  switch (a.tag()) {
    case Value::Tag::kBool:
      return a.bool_value() == b.bool_value();
    case Value::Tag::kNumber:
      if (a.form() == Value::Form::kInt && b.form() == Value::Form::kInt) {
        return a.big_integer() == b.big_integer();
      }
      return a.number() == b.number();
    case Value::Tag::kString:
      return a.text() == b.text();
    case Value::Tag::kFunction:
      return a.function() == b.function();
    case Value::Tag::kArray: {
      if (a.size() != b.size()) return false;
      if (!evaluator->Spend(a.size()) || !evaluator->StackHasRoom()) return false;
      for (size_t i = 0; i < a.size(); ++i) {
        if (!DeepEqual(evaluator, a.At(i), b.At(i))) return false;
      }
      return true;
    }
    case Value::Tag::kObject:
      if (!evaluator->Spend(a.MemberCount()) || !evaluator->StackHasRoom()) return false;
      return DeepEqualObjects(evaluator, a, b);
    default:
      return true;
  }
}

Value LookUpMember(Evaluator* evaluator, Value input, std::string_view name) {
  if (input.is_object()) return input.Find(name);
  if (!input.is_array()) return Value();
  if (!evaluator->Spend(input.size()) || !evaluator->StackHasRoom()) return Value::Failed();
  Evaluator::Gatherer found(evaluator);
  for (size_t i = 0; i < input.size(); ++i) {
    const Value value = LookUpMember(evaluator, input.At(i), name);
    if (value.failed()) return value;
    if (value.is_array()) {
      if (!evaluator->Spend(value.size())) return Value::Failed();
      found.AddAll(value);
    } else if (!value.is_undefined()) {
      found.Add(value);
    }
  }
  return found.Finish(Value::kSequence);
}

Value AppendValues(Evaluator* evaluator, Value a, Value b) {
  if (a.is_undefined()) return b;
  if (b.is_undefined()) return a;
  Arena* arena = &evaluator->arena();
  if (!a.is_array()) a = ListOf(arena, &a, 1, Value::kSequence);
  if (!b.is_array()) return Appended(arena, a, &b, 1, 0);
  if (!evaluator->Spend(b.size())) return Value::Failed();
  if (b.form() == Value::Form::kOwn) {
    return Appended(arena, a, b.list()->elements, b.size(), 0);
  }
  Evaluator::Gatherer elements(evaluator);
  elements.AddAll(b);
  const Value more = elements.Finish(0);
  return more.failed() ? more : Appended(arena, a, more.list()->elements, more.size(), 0);
}

}  // namespace segue::language::jsonata
