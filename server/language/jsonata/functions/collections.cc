#include <algorithm>
#include <limits>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "server/language/jsonata/evaluator.h"
#include "server/language/jsonata/functions/functions.h"
#include "server/language/jsonata/number_text.h"

// Arrays and objects.

namespace segue::language::jsonata::functions {
namespace {

// The names of an object, or of all objects in an array, each once.
bool CollectKeys(Evaluator* evaluator, Value value, absl::flat_hash_set<std::string_view>* seen,
                 Evaluator::Gatherer* keys) {
  if (!evaluator->Spend(1) || !evaluator->StackHasRoom()) return false;
  if (value.is_array()) {
    for (size_t i = 0; i < value.size(); ++i) {
      if (!CollectKeys(evaluator, value.At(i), seen, keys)) return false;
    }
  } else if (value.is_object()) {
    ForEachMember(value, [&](std::string_view name, Value) {
      if (seen->insert(name).second) keys->Add(Value::Text(name));
      return true;
    });
  }
  return true;
}

// One object for each member. False after a fault.
bool SpreadInto(Evaluator* evaluator, Value value, Evaluator::Gatherer* parts) {
  if (!evaluator->Spend(1) || !evaluator->StackHasRoom()) return false;
  Arena* arena = &evaluator->arena();
  if (value.is_array()) {
    for (size_t i = 0; i < value.size(); ++i) {
      if (!SpreadInto(evaluator, value.At(i), parts)) return false;
    }
  } else if (value.is_object()) {
    ForEachMember(value, [&](std::string_view name, Value member) {
      Object* part = NewObject(arena, 1);
      part->Add(name, member, arena);
      parts->Add(Value::Of(part));
      return true;
    });
  } else if (!value.is_undefined()) {
    parts->Add(value);
  }
  return true;
}

// A copy of all containers, with numbers and functions as they come back from JSON text.
Value DeepCopy(Evaluator& evaluator, Value value);

Value CopyArray(Evaluator& evaluator, Value array) {
  Evaluator::Gatherer elements(&evaluator);
  for (size_t i = 0; i < array.size(); ++i) {
    const Value copy = DeepCopy(evaluator, array.At(i));
    if (copy.failed()) return copy;
    elements.Add(copy.is_undefined() ? Value::Null() : copy);
  }
  return elements.Finish(0);
}

Value CopyObject(Evaluator& evaluator, Value object) {
  if (!evaluator.Afford(object.MemberCount() * sizeof(Member))) return Value::Failed();
  Object* copy = NewObject(&evaluator.arena(), object.MemberCount());
  bool good = true;
  ForEachMember(object, [&](std::string_view name, Value member) {
    const Value copied = DeepCopy(evaluator, member);
    good = !copied.failed();
    if (good && !copied.is_undefined()) copy->Add(name, copied, &evaluator.arena());
    return good;
  });
  return good ? Value::Of(copy) : Value::Failed();
}

Value DeepCopy(Evaluator& evaluator, Value value) {
  if (!evaluator.Spend(1) || !evaluator.StackHasRoom()) return Value::Failed();
  switch (value.tag()) {
    case Value::Tag::kArray:
      return CopyArray(evaluator, value);
    case Value::Tag::kObject:
      return CopyObject(evaluator, value);
    case Value::Tag::kFunction:
      return Value::Text("");
    case Value::Tag::kNumber:
      if (value.form() == Value::Form::kInt) return value;
      if (!IsNumeric(&evaluator, value)) {
        return value.number() == value.number() ? Value::Failed() : Value::Null();
      }
      return Value::Number(WithFifteenDigits(value.number()));
    default:
      return value;
  }
}

bool Holds(Evaluator* evaluator, std::span<const Value> values, Value value) {
  return std::any_of(values.begin(), values.end(),
                     [&](Value other) { return DeepEqual(evaluator, other, value); });
}

}  // namespace

Value Zip(Evaluator& evaluator, std::span<const Value> arguments) {
  size_t length = arguments.empty() ? 0 : std::numeric_limits<size_t>::max();
  for (const Value& argument : arguments) {
    length = std::min(length, argument.is_array() ? argument.size() : 0);
  }
  if (!evaluator.Spend(length) || !evaluator.Afford(length * arguments.size() * sizeof(Value))) {
    return Value::Failed();
  }
  std::vector<Value> tuple(arguments.size());
  Evaluator::Gatherer tuples(&evaluator);
  for (size_t i = 0; i < length; ++i) {
    for (size_t a = 0; a < tuple.size(); ++a) tuple[a] = arguments[a].At(i);
    tuples.Add(ListOf(&evaluator.arena(), tuple.data(), tuple.size(), 0));
  }
  return tuples.Finish(0);
}

Value Append(Evaluator& evaluator, std::span<const Value> arguments) {
  return AppendValues(&evaluator, arguments[0], arguments[1]);
}

Value Reverse(Evaluator& evaluator, std::span<const Value> arguments) {
  const Value array = arguments[0];
  if (array.is_undefined() || array.size() <= 1) return array;
  if (!evaluator.Spend(array.size())) return Value::Failed();
  Evaluator::Gatherer reversed(&evaluator);
  for (size_t i = array.size(); i > 0; --i) reversed.Add(array.At(i - 1));
  return reversed.Finish(0);
}

Value Shuffle(Evaluator& evaluator, std::span<const Value> arguments) {
  const Value array = arguments[0];
  if (array.is_undefined() || array.size() <= 1) return array;
  if (!evaluator.Spend(array.size())) return Value::Failed();
  std::vector<Value> shuffled;
  for (size_t i = 0; i < array.size(); ++i) {
    const auto other = static_cast<size_t>(evaluator.environment().random.Below(i + 1));
    shuffled.push_back(array.At(i));
    std::swap(shuffled[i], shuffled[other]);
  }
  if (!evaluator.Afford(shuffled.size() * sizeof(Value))) return Value::Failed();
  return ListOf(&evaluator.arena(), shuffled.data(), shuffled.size(), 0);
}

Value Distinct(Evaluator& evaluator, std::span<const Value> arguments) {
  const Value array = arguments[0];
  if (!array.is_array() || array.size() <= 1) return array;
  absl::flat_hash_set<std::string_view> texts;
  absl::flat_hash_set<double> numbers;
  // Texts and numbers are found by their hash, all else by comparing each with each.
  std::vector<Value> others;
  std::vector<Value> kept;
  for (size_t i = 0; i < array.size(); ++i) {
    if (!evaluator.Spend(1)) return Value::Failed();
    const Value value = array.At(i);
    bool is_new = false;
    if (value.is_string()) {
      is_new = texts.insert(value.text()).second;
    } else if (value.is_number()) {
      is_new = numbers.insert(value.number() + 0.0).second;
    } else {
      if (!evaluator.Spend(others.size())) return Value::Failed();
      is_new = !Holds(&evaluator, others, value);
      if (is_new) others.push_back(value);
    }
    if (is_new) kept.push_back(value);
  }
  if (!evaluator.Spend(0) || !evaluator.Afford(kept.size() * sizeof(Value))) {
    return Value::Failed();
  }
  return ListOf(&evaluator.arena(), kept.data(), kept.size(),
                array.is_sequence() ? Value::kSequence : 0);
}

Value Keys(Evaluator& evaluator, std::span<const Value> arguments) {
  Evaluator::Gatherer keys(&evaluator);
  absl::flat_hash_set<std::string_view> seen;
  if (!CollectKeys(&evaluator, arguments[0], &seen, &keys)) return Value::Failed();
  return keys.Finish(Value::kSequence);
}

Value Lookup(Evaluator& evaluator, std::span<const Value> arguments) {
  const std::string_view name =
      arguments[1].is_string() ? arguments[1].text() : std::string_view("undefined");
  return LookUpMember(&evaluator, arguments[0], name);
}

Value Spread(Evaluator& evaluator, std::span<const Value> arguments) {
  const Value value = arguments[0];
  if (!value.is_array() && !value.is_object()) return value;
  Evaluator::Gatherer parts(&evaluator);
  if (!SpreadInto(&evaluator, value, &parts)) return Value::Failed();
  // The reference's $append, which gathers those of an array, forgets that they are many of one.
  bool many = true;
  for (size_t i = 0; value.is_array() && many && i < value.size(); ++i) {
    many = value.At(i).is_undefined();
  }
  return parts.Finish(many ? Value::kSequence : 0);
}

Value Merge(Evaluator& evaluator, std::span<const Value> arguments) {
  const Value objects = arguments[0];
  if (objects.is_undefined()) return Value();
  Object* merged = NewObject(&evaluator.arena(), 0);
  for (size_t i = 0; i < objects.size(); ++i) {
    const Value object = objects.At(i);
    if (!object.is_object()) continue;
    if (!evaluator.Spend(object.MemberCount())) return Value::Failed();
    ForEachMember(object, [&](std::string_view name, Value value) {
      merged->Set(name, value, &evaluator.arena());
      return true;
    });
  }
  return Value::Of(merged);
}

Value Clone(Evaluator& evaluator, std::span<const Value> arguments) {
  return DeepCopy(evaluator, arguments[0]);
}

}  // namespace segue::language::jsonata::functions
