#include <re2/re2.h>

#include <algorithm>
#include <charconv>

#include "server/language/jsonpath/evaluation.h"

// Jayway JsonPath, "Filter Operators"; where the README is silent, its EvaluatorFactory and
// ValueNodes.

namespace segue::language::jsonpath {

// One side of a comparison. Borrows the node where that is possible.
class OperandValue {
 public:
  OperandValue(Evaluation* evaluation, const Operand& operand, const Json& current) {
    if (const Json* literal = std::get_if<Json>(&operand)) {
      value_ = literal;
    } else if (const auto* path = std::get_if<PathPtr>(&operand)) {
      Find(evaluation, **path, current);
    }
  }
  OperandValue(const OperandValue&) = delete;
  OperandValue& operator=(const OperandValue&) = delete;

  // Null where the path matches nothing.
  const Json* get() const { return value_; }

 private:
  void Find(Evaluation* evaluation, const Path& path, const Json& current) {
    const Json& from = path.root == Path::Root::kCurrent ? current : evaluation->document_;
    if (path.simple_count == path.steps.size()) {
      value_ = WalkSimple(path.steps, path.simple_count, from);
      return;
    }
    Answer answer = evaluation->Run(path, from);
    if (answer.kind != Answer::Kind::kValue) return;
    found_ = std::move(answer.value);
    value_ = &found_;
  }

  const Json* value_ = nullptr;
  Json found_;
};

namespace {

bool Holds(const Json& array, const Json& value) {
  return std::any_of(array.array().begin(), array.array().end(),
                     [&](const Json& element) { return element == value; });
}

bool HoldsAll(const Json& array, const Json& values) {
  return std::all_of(values.array().begin(), values.array().end(),
                     [&](const Json& value) { return Holds(array, value); });
}

bool HoldsAny(const Json& array, const Json& values) {
  return std::any_of(values.array().begin(), values.array().end(),
                     [&](const Json& value) { return Holds(array, value); });
}

// A number equals a text that is the same number (NumberNode.equals, StringNode.equals).
bool LooselyEqual(const Json& left, const Json& right) {
  if (left.is_number() && right.is_string()) {
    const std::string& text = right.string();
    double number = 0;
    const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), number);
    return fault == std::errc() && end == text.data() + text.size() && number == left.number();
  }
  if (left.is_string() && right.is_number()) return left.string() == right.Dump();
  return left == right;
}

bool Ordered(Operator op, int order) {
  if (op == Operator::kLess) return order < 0;
  if (op == Operator::kLessEqual) return order <= 0;
  if (op == Operator::kGreater) return order > 0;
  return order >= 0;
}

bool CompareOrder(Operator op, const Json& left, const Json& right) {
  if (left.is_int() && right.is_int()) {
    return Ordered(op, left.int_value() < right.int_value()
                           ? -1
                           : static_cast<int>(left.int_value() > right.int_value()));
  }
  if (left.is_number() && right.is_number()) {
    return Ordered(
        op, left.number() < right.number() ? -1 : static_cast<int>(left.number() > right.number()));
  }
  if (left.is_string() && right.is_string())
    return Ordered(op, left.string().compare(right.string()));
  return false;
}

bool CompareMatch(const FilterNode& comparison, const Json* left, const Json* right) {
  const auto* regex = std::get_if<RegexPtr>(&comparison.right);
  const Json* value = left;
  if (regex == nullptr) {
    regex = std::get_if<RegexPtr>(&comparison.left);
    value = right;
  }
  if (regex == nullptr || value == nullptr) return false;
  if (value->is_string()) return RE2::FullMatch(value->string(), **regex);
  if (value->is_number() || value->is_bool()) return RE2::FullMatch(value->Dump(), **regex);
  return false;
}

size_t SizeOf(const Json& value) {
  if (value.is_array()) return value.array().size();
  if (value.is_object()) return value.object().size();
  return value.string().size();
}

bool HasSize(const Json& value) {
  return value.is_array() || value.is_object() || value.is_string();
}

bool Contains(const Json& left, const Json& right) {
  if (left.is_array()) return Holds(left, right);
  if (!left.is_string() || !(right.is_string() || right.is_number())) return false;
  const std::string part = right.is_string() ? right.string() : right.Dump();
  return left.string().find(part) != std::string::npos;
}

std::string_view TypeName(const Json& value) {
  switch (value.kind()) {
    case Json::Kind::kNull:
      return "null";
    case Json::Kind::kBool:
      return "boolean";
    case Json::Kind::kInt:
    case Json::Kind::kDouble:
      return "number";
    case Json::Kind::kString:
      return "string";
    case Json::Kind::kArray:
      return "array";
    case Json::Kind::kObject:
      return "object";
  }
  return "";
}

// Both sides are there.
bool CompareValues(Operator op, const Json& left, const Json& right) {
  const bool arrays = left.is_array() && right.is_array();
  switch (op) {
    case Operator::kEqual:
      return LooselyEqual(left, right);
    case Operator::kNotEqual:
      return !LooselyEqual(left, right);
    case Operator::kSameEqual:
      return left == right;
    case Operator::kSameNotEqual:
      return !(left == right);
    case Operator::kLess:
    case Operator::kLessEqual:
    case Operator::kGreater:
    case Operator::kGreaterEqual:
      return CompareOrder(op, left, right);
    case Operator::kIn:
      return right.is_array() && Holds(right, left);
    case Operator::kNotIn:
      return !(right.is_array() && Holds(right, left));
    case Operator::kContains:
      return Contains(left, right);
    case Operator::kAll:
      return arrays && HoldsAll(left, right);
    case Operator::kSize:
      return HasSize(left) && right.is_number() &&
             static_cast<double>(SizeOf(left)) == right.number();
    case Operator::kEmpty:
      return HasSize(left) && right.is_bool() && (SizeOf(left) == 0) == right.bool_value();
    case Operator::kSubsetOf:
      return arrays && HoldsAll(right, left);
    case Operator::kAnyOf:
      return arrays && HoldsAny(right, left);
    case Operator::kNoneOf:
      return arrays && !HoldsAny(right, left);
    case Operator::kType:
      return right.is_string() && TypeName(left) == right.string();
    case Operator::kMatches:
    case Operator::kExists:
      return false;  // answered in Evaluation::Compare
  }
  return false;
}

}  // namespace

bool Evaluation::Test(const FilterNode& filter, const Json& current) {
  if (--visits_left_ <= 0) return false;
  const auto passes = [&](const FilterPtr& child) { return Test(*child, current); };
  switch (filter.kind) {
    case FilterNode::Kind::kAnd:
      return std::all_of(filter.children.begin(), filter.children.end(), passes);
    case FilterNode::Kind::kOr:
      return std::any_of(filter.children.begin(), filter.children.end(), passes);
    case FilterNode::Kind::kNot:
      return !passes(filter.children.front());
    case FilterNode::Kind::kConstant:
      return std::get<Json>(filter.left).bool_value();
    case FilterNode::Kind::kExists: {
      const OperandValue value(this, filter.left, current);
      if (value.get() == nullptr) return false;
      const Path& path = *std::get<PathPtr>(filter.left);
      return path.definite || !value.get()->array().empty();
    }
    case FilterNode::Kind::kCompare:
      return Compare(filter, current);
  }
  return false;
}

bool Evaluation::Compare(const FilterNode& comparison, const Json& current) {
  const OperandValue left(this, comparison.left, current);
  const OperandValue right(this, comparison.right, current);
  if (comparison.op == Operator::kMatches) return CompareMatch(comparison, left.get(), right.get());
  if (comparison.op == Operator::kExists) {
    const bool wanted =
        right.get() == nullptr || !right.get()->is_bool() || right.get()->bool_value();
    return (left.get() != nullptr) == wanted;
  }
  if (left.get() == nullptr || right.get() == nullptr) {
    // What is missing equals nothing, not even null.
    return comparison.op == Operator::kNotEqual || comparison.op == Operator::kSameNotEqual ||
           comparison.op == Operator::kNotIn;
  }
  return CompareValues(comparison.op, *left.get(), *right.get());
}

}  // namespace segue::language::jsonpath
