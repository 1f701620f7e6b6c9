#include "server/language/jsonpath/compare.h"

#include <algorithm>
#include <string>
#include <vector>

#include "server/language/jsonpath/regex.h"

// Jayway JsonPath, "Filter Operators"; where the README is silent, its EvaluatorFactory.

namespace segue::language::jsonpath {
namespace {

bool IsJson(const Term& term) {
  return term.kind == Term::Kind::kJson || term.kind == Term::Kind::kJsonText;
}

// What `term` lists. *is_list stays false where it is an object; kBadPath where it is a scalar.
Fault ReadList(const Term& term, std::vector<Term>* terms, bool* is_list) {
  *is_list = false;
  if (!IsJson(term)) return Fault::kBadPath;
  if (term.value == nullptr) return Fault::kOther;
  if (!term.value->is_array()) return Fault::kNone;
  *is_list = true;
  return ListTerms(*term.value, terms);
}

Fault CompareIn(const Term& left, const Term& right, bool* holds) {
  std::vector<Term> list;
  bool is_list = false;
  const Fault fault = ReadList(right, &list, &is_list);
  *holds = fault == Fault::kNone && is_list && Holds(list, left);
  return fault;
}

Fault CompareContains(const Term& left, const Term& right, bool* holds) {
  if (left.kind == Term::Kind::kText && right.kind == Term::Kind::kText) {
    *holds = left.value->string().find(right.value->string()) != std::string::npos;
    return Fault::kNone;
  }
  *holds = false;
  return IsJson(left) ? CompareIn(right, left, holds) : Fault::kNone;
}

Fault CompareLists(Operator op, const Term& left, const Term& right, bool* holds) {
  *holds = false;
  std::vector<Term> own;
  std::vector<Term> other;
  bool is_list = false;
  Fault fault = ReadList(right, &other, &is_list);
  if (fault != Fault::kNone || !is_list) return fault;
  fault = ReadList(left, &own, &is_list);
  if (fault != Fault::kNone || !is_list) return fault;
  if (op == Operator::kSubsetOf) {
    *holds = std::all_of(own.begin(), own.end(),
                         [&](const Term& element) { return Holds(other, element); });
    return Fault::kNone;
  }
  const bool any = std::any_of(own.begin(), own.end(),
                               [&](const Term& element) { return Holds(other, element); });
  *holds = any == (op == Operator::kAnyOf);
  return Fault::kNone;
}

// In UTF-16 units, as Java counts.
int64_t TextLength(const std::string& text) {
  int64_t length = 0;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte & 0xC0) != 0x80) length += byte >= 0xF0 ? 2 : 1;
  }
  return length;
}

// An object's size is -1.
Fault CompareSize(const Term& left, const Term& right, bool* holds) {
  *holds = false;
  if (right.kind != Term::Kind::kNumber) return Fault::kNone;
  const auto wanted = static_cast<int64_t>(std::clamp(right.value->number(), -0x1p31, 0x1p31));
  if (left.kind == Term::Kind::kText) {
    *holds = TextLength(left.value->string()) == wanted;
  } else if (IsJson(left)) {
    if (left.value == nullptr) return Fault::kOther;
    const int64_t size = left.value->is_array() ? std::ssize(left.value->array()) : -1;
    *holds = size == wanted;
  }
  return Fault::kNone;
}

Fault CompareEmpty(const Term& left, const Term& right, bool* holds) {
  *holds = false;
  if (left.kind != Term::Kind::kText && !IsJson(left)) return Fault::kNone;
  // Jayway's cast of an object to a collection fails.
  if (left.value == nullptr || left.value->is_object()) return Fault::kOther;
  if (right.kind != Term::Kind::kBool) return Fault::kBadPath;
  const bool empty =
      left.value->is_array() ? left.value->array().empty() : left.value->string().empty();
  *holds = empty == right.value->bool_value();
  return Fault::kNone;
}

Fault CompareMatch(const Term& left, const Term& right, bool* holds) {
  *holds = false;
  const bool on_left = left.kind == Term::Kind::kRegex;
  if (on_left == (right.kind == Term::Kind::kRegex)) return Fault::kNone;
  const re2::RE2& regex = *(on_left ? left : right).regex;
  const Term& subject = on_left ? right : left;
  if (IsJson(subject) && subject.value == nullptr) return Fault::kOther;
  if (!IsJson(subject) || !subject.value->is_array()) {
    *holds = FullyMatches(regex, MatchedText(subject));
    return Fault::kNone;
  }
  std::vector<Term> list;
  const Fault fault = ListTerms(*subject.value, &list);
  *holds = fault == Fault::kNone && std::any_of(list.begin(), list.end(), [&](const Term& element) {
             return FullyMatches(regex, MatchedText(element));
           });
  return fault;
}

// `@.a exists true` compares booleans; it asks nothing about what exists.
Fault CompareExists(const Term& left, const Term& right, bool* holds) {
  const bool left_bool = left.kind == Term::Kind::kBool;
  const bool right_bool = right.kind == Term::Kind::kBool;
  if (!left_bool && !right_bool) return Fault::kOther;
  if (!left_bool || !right_bool) return Fault::kBadPath;
  *holds = left.value->bool_value() == right.value->bool_value();
  return Fault::kNone;
}

bool CompareOrder(Operator op, const Term& left, const Term& right) {
  const auto order = Order(left, right);
  if (!order) return false;
  if (op == Operator::kLess) return *order < 0;
  if (op == Operator::kLessEqual) return *order <= 0;
  if (op == Operator::kGreater) return *order > 0;
  return *order >= 0;
}

bool SameClass(const Term& left, const Term& right) {
  return left.kind == right.kind || (IsJson(left) && IsJson(right));
}

}  // namespace

Fault CompareTerms(Operator op, const Term& left, const Term& right, bool* holds) {
  switch (op) {
    case Operator::kEqual:
    case Operator::kNotEqual:
    case Operator::kSameEqual:
    case Operator::kSameNotEqual: {
      if (left.kind == Term::Kind::kJson && right.kind == Term::Kind::kJsonText &&
          right.value == nullptr) {
        return Fault::kOther;
      }
      const bool loose = op == Operator::kEqual || op == Operator::kNotEqual;
      const bool equal = (loose || SameClass(left, right)) && Equal(left, right);
      *holds = equal == (op == Operator::kEqual || op == Operator::kSameEqual);
      return Fault::kNone;
    }
    case Operator::kLess:
    case Operator::kLessEqual:
    case Operator::kGreater:
    case Operator::kGreaterEqual:
      *holds = CompareOrder(op, left, right);
      return Fault::kNone;
    case Operator::kIn:
      return CompareIn(left, right, holds);
    case Operator::kNotIn: {
      const Fault fault = CompareIn(left, right, holds);
      *holds = !*holds;
      return fault;
    }
    case Operator::kContains:
      return CompareContains(left, right, holds);
    case Operator::kSubsetOf:
    case Operator::kAnyOf:
    case Operator::kNoneOf:
      return CompareLists(op, left, right, holds);
    case Operator::kSize:
      return CompareSize(left, right, holds);
    case Operator::kEmpty:
      return CompareEmpty(left, right, holds);
    case Operator::kMatches:
      return CompareMatch(left, right, holds);
    case Operator::kExists:
      return CompareExists(left, right, holds);
    case Operator::kAll:
    case Operator::kType:
    case Operator::kPredicate:
      // Their right side can only be made in Java.
      return Fault::kBadPath;
  }
  return Fault::kNone;
}

}  // namespace segue::language::jsonpath
