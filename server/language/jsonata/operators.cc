#include <cmath>

#include "server/language/jsonata/evaluator.h"
#include "server/language/jsonata/utf.h"

namespace segue::language::jsonata {
namespace {

constexpr double kRangeMax = 1e7;

bool IsInteger(Value value) {
  return value.is_number() && std::isfinite(value.number()) &&
         std::floor(value.number()) == value.number();
}

bool IsComparable(Value value) {
  return value.is_undefined() || value.is_string() || value.is_number();
}

// As `===` sees them.
bool Identical(Value a, Value b) {
  if (a.tag() != b.tag()) return false;
  switch (a.tag()) {
    case Value::Tag::kNull:
    case Value::Tag::kUndefined:
      return true;
    case Value::Tag::kBool:
      return a.bool_value() == b.bool_value();
    case Value::Tag::kNumber:
      return a.number() == b.number();
    case Value::Tag::kString:
      return a.text() == b.text();
    case Value::Tag::kFunction:
      return a.function() == b.function();
    case Value::Tag::kObject:
      if (a.form() != b.form()) return false;
      return a.form() == Value::Form::kJson ? &a.json() == &b.json() : a.object() == b.object();
    case Value::Tag::kArray:
      if (a.form() != b.form() || a.size() != b.size()) return false;
      if (a.form() == Value::Form::kJson) return &a.json() == &b.json();
      return a.form() == Value::Form::kOwn && a.list() == b.list();
    default:
      return false;
  }
}

bool Includes(Value value, Value among) {
  if (value.is_undefined() || among.is_undefined()) return false;
  if (!among.is_array()) return Identical(value, among);
  for (size_t i = 0; i < among.size(); ++i) {
    if (Identical(among.At(i), value)) return true;
  }
  return false;
}

}  // namespace

Value Evaluator::EvalBinary(const Node& node, Value input, Frame* frame) {
  if (node.op == Operator::kAnd || node.op == Operator::kOr) return EvalLogic(node, input, frame);
  const Value left = Eval(*node.first, input, frame);
  if (left.failed()) return left;
  const Value right = Eval(*node.second, input, frame);
  if (right.failed()) return right;
  const Value result = Operate(node, left, right);
  if (result.failed()) {
    failure_.position = node.position;
    failure_.token = node.text;
  }
  return result;
}

Value Evaluator::EvalLogic(const Node& node, Value input, Frame* frame) {
  const Value left = Eval(*node.first, input, frame);
  if (left.failed()) return left;
  const bool truth = IsTruthy(left);
  if (truth == (node.op == Operator::kOr)) return Value::Bool(truth);
  const Value right = Eval(*node.second, input, frame);
  if (right.failed()) {
    failure_.position = node.position;
    failure_.token = node.text;
    return right;
  }
  return Value::Bool(IsTruthy(right));
}

Value Evaluator::Operate(const Node& node, Value left, Value right) {
  switch (node.op) {
    case Operator::kEqual:
    case Operator::kNotEqual: {
      if (left.is_undefined() || right.is_undefined()) return Value::Bool(false);
      const bool equal = DeepEqual(this, left, right);
      if (!failure_.code.empty()) return Value::Failed();
      return Value::Bool(equal == (node.op == Operator::kEqual));
    }
    case Operator::kLess:
    case Operator::kLessEqual:
    case Operator::kGreater:
    case Operator::kGreaterEqual:
      return Compare(node.op, left, right);
    case Operator::kConcatenate:
      return Concatenate(left, right);
    case Operator::kRange:
      return EvalRange(left, right);
    case Operator::kIn:
      if (right.is_array() && !Spend(right.size())) return Value::Failed();
      return Value::Bool(Includes(left, right));
    default:
      return Calculate(node.op, left, right);
  }
}

Value Evaluator::Calculate(Operator op, Value left, Value right) {
  const auto check = [this](Value operand, std::string_view code) {
    if (operand.is_undefined() || IsNumeric(this, operand)) return true;
    if (failure_.code.empty()) Fail({.code = code, .value = operand});
    return false;
  };
  if (!check(left, "T2001") || !check(right, "T2002")) return Value::Failed();
  if (left.is_undefined() || right.is_undefined()) return Value();
  const double a = left.number();
  const double b = right.number();
  switch (op) {
    case Operator::kAdd:
      return Value::Number(a + b);
    case Operator::kSubtract:
      return Value::Number(a - b);
    case Operator::kMultiply:
      return Value::Number(a * b);
    case Operator::kDivide:
      return Value::Number(a / b);
    default:
      return Value::Number(std::fmod(a, b));
  }
}

Value Evaluator::Compare(Operator op, Value left, Value right) {
  if (!IsComparable(left) || !IsComparable(right)) {
    return Fail({.code = "T2010", .value = left.is_string() || left.is_number() ? right : left});
  }
  if (left.is_undefined() || right.is_undefined()) return Value();
  if (left.tag() != right.tag()) return Fail({.code = "T2009", .value = left, .value2 = right});
  const auto compare = [op](auto a, auto b) {
    switch (op) {
      case Operator::kLess:
        return a < b;
      case Operator::kLessEqual:
        return a <= b;
      case Operator::kGreater:
        return a > b;
      default:
        return a >= b;
    }
  };
  if (left.is_number()) return Value::Bool(compare(left.number(), right.number()));
  return Value::Bool(compare(CompareUtf16(left.text(), right.text()), 0));
}

Value Evaluator::Concatenate(Value left, Value right) {
  const auto text_of = [this](Value value, Value* text) {
    *text = value.is_undefined() ? Value::Text("") : StringOf(this, value, Layout::kCompact);
    return !text->failed();
  };
  Value a;
  Value b;
  if (!text_of(left, &a) || !text_of(right, &b)) return Value::Failed();
  const std::string_view head = a.text();
  const std::string_view tail = b.text();
  const size_t size = head.size() + tail.size();
  if (!Spend(size / 64) || !Afford(size)) return Value::Failed();
  char* joined = static_cast<char*>(arena_.Allocate(size));
  std::copy(head.begin(), head.end(), joined);
  std::copy(tail.begin(), tail.end(), joined + head.size());
  return Value::Text({joined, size});
}

Value Evaluator::EvalRange(Value left, Value right) {
  if (!left.is_undefined() && !IsInteger(left)) return Fail({.code = "T2003", .value = left});
  if (!right.is_undefined() && !IsInteger(right)) return Fail({.code = "T2004", .value = right});
  if (left.is_undefined() || right.is_undefined()) return Value();
  const double first = left.number();
  if (first > right.number()) return Value();
  const double size = right.number() - first + 1;
  if (size > kRangeMax) return Fail({.code = "D2014", .value = Value::Number(size)});
  return Value::Range(arena_.New<double>(first), static_cast<size_t>(size));
}

}  // namespace segue::language::jsonata
