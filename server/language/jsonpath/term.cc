#include "server/language/jsonpath/term.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "server/language/jsonpath/parser.h"
#include "server/language/jsonpath/relaxed_json.h"
#include "server/language/jsonpath/unescape.h"
#include "server/language/text.h"

// Jayway's ValueNode and ValueNodes.

namespace segue::language::jsonpath {
namespace {

// As Java's equals: numbers of different kinds are different.
bool SameJson(const Json& left, const Json& right) {
  if (left.kind() != right.kind()) return false;
  if (left.is_array()) {
    return std::equal(left.array().begin(), left.array().end(), right.array().begin(),
                      right.array().end(), SameJson);
  }
  if (!left.is_object()) return left == right;
  if (left.object().size() != right.object().size()) return false;
  return std::all_of(left.object().begin(), left.object().end(), [&](const auto& member) {
    const Json* other = right.Find(member.first);
    return other != nullptr && SameJson(member.second, *other);
  });
}

std::string NumberText(const Term& number) {
  return DecimalText(number.written.empty() ? number.value->Dump() : std::string(number.written));
}

// The number that all of `text` is, as BigDecimal reads it.
std::optional<Json> ReadNumber(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  const char* end = text.data() + text.size();
  int64_t whole = 0;
  const auto integer = std::from_chars(text.data(), end, whole);
  if (integer.ec == std::errc() && integer.ptr == end) return Json(whole);
  double number = 0;
  const auto read = std::from_chars(text.data(), end, number);
  const bool digits = text.find_first_of("0123456789") != std::string_view::npos;
  if (read.ec == std::errc::invalid_argument || read.ptr != end || !digits) return std::nullopt;
  return Json(number);
}

int Compare(const Json& left, const Json& right) {
  if (left.is_int() && right.is_int()) {
    if (left.int_value() == right.int_value()) return 0;
    return left.int_value() < right.int_value() ? -1 : 1;
  }
  if (left.number() == right.number()) return 0;
  return left.number() < right.number() ? -1 : 1;
}

std::string_view Trim(std::string_view text) {
  while (!text.empty() && static_cast<unsigned char>(text.front()) <= ' ') text.remove_prefix(1);
  while (!text.empty() && static_cast<unsigned char>(text.back()) <= ' ') text.remove_suffix(1);
  return text;
}

bool IsPath(std::string_view text) {
  text = Trim(text);
  if (!text.starts_with('$') && !text.starts_with('@')) return false;
  const auto path = ParsePath(text, Dialect::kJayway);
  return path.ok() && (*path)->root == Path::Root::kDocument;
}

bool IsJson(std::string_view text) {
  text = Trim(text);
  if (text.size() < 2) return false;
  const bool brackets =
      (text.front() == '[' && text.back() == ']') || (text.front() == '{' && text.back() == '}');
  return brackets && ParseRelaxedJson(text).has_value();
}

// Texts of a list are read like texts of a filter: quotes around them fall, escapes are undone.
bool ReadListText(const Json& value, Term* term) {
  std::string_view text = value.string();
  if (IsPath(text)) {
    term->kind = Term::Kind::kPathText;
  } else if (IsJson(text)) {
    term->kind = Term::Kind::kJsonText;
    term->written = text;
    term->owned = ParseRelaxedJson(text);
  } else if (text.size() > 1) {
    const bool quoted = text.front() == text.back() && (text[0] == '\'' || text[0] == '"');
    if (quoted) text = text.substr(1, text.size() - 2);
    std::string plain;
    if (!Unescape(text, &plain)) return false;
    if (plain != value.string()) term->owned = Json(std::move(plain));
  }
  return true;
}

}  // namespace

Term TermOf(const Json& value) {
  Term term;
  term.value = &value;
  switch (value.kind()) {
    case Json::Kind::kNull:
      term.kind = Term::Kind::kNull;
      break;
    case Json::Kind::kBool:
      term.kind = Term::Kind::kBool;
      break;
    case Json::Kind::kInt:
    case Json::Kind::kDouble:
      term.kind = Term::Kind::kNumber;
      break;
    case Json::Kind::kString:
      term.kind = Term::Kind::kText;
      break;
    case Json::Kind::kArray:
    case Json::Kind::kObject:
      term.kind = Term::Kind::kJson;
      break;
  }
  return term;
}

Term TermOf(const Operand& literal) {
  Term term;
  if (literal.kind == Operand::Kind::kRegex) {
    term.kind = Term::Kind::kRegex;
    term.regex = literal.regex.get();
    return term;
  }
  if (literal.value) term = TermOf(*literal.value);
  if (literal.kind == Operand::Kind::kJson) term.kind = Term::Kind::kJsonText;
  term.written = literal.text;
  return term;
}

Fault ListTerms(const Json& list, std::vector<Term>* terms) {
  terms->reserve(list.array().size());
  for (const Json& element : list.array()) {
    Term& term = terms->emplace_back(TermOf(element));
    if (term.kind == Term::Kind::kJson) return Fault::kOther;
    if (term.kind == Term::Kind::kText && !ReadListText(element, &term)) return Fault::kOther;
  }
  for (Term& term : *terms) {
    if (term.owned) term.value = &*term.owned;
  }
  return Fault::kNone;
}

std::string MatchedText(const Term& term) {
  if (term.kind == Term::Kind::kText) return term.value->string();
  if (term.kind == Term::Kind::kNumber) return NumberText(term);
  if (term.kind == Term::Kind::kBool) return term.value->Dump();
  return "";
}

bool Equal(const Term& left, const Term& right) {
  using Kind = Term::Kind;
  if (left.kind == Kind::kNumber && right.kind == Kind::kNumber) {
    return Compare(*left.value, *right.value) == 0;
  }
  // A number equals a text that is the same number; a text equals a number that is written so.
  if (left.kind == Kind::kNumber && right.kind == Kind::kText) {
    const std::optional<Json> number = ReadNumber(right.value->string());
    return number && Compare(*left.value, *number) == 0;
  }
  if (left.kind == Kind::kText && right.kind == Kind::kNumber) {
    return left.value->string() == NumberText(right);
  }
  // What is written in a filter is not read where it stands on the left.
  if (left.kind == Kind::kJson && (right.kind == Kind::kJson || right.kind == Kind::kJsonText)) {
    return right.value != nullptr && SameJson(*left.value, *right.value);
  }
  if (left.kind != right.kind) return false;
  switch (left.kind) {
    case Kind::kNull:
      return true;
    case Kind::kBool:
    case Kind::kText:
      return *left.value == *right.value;
    case Kind::kRegex:
      return left.regex == right.regex;
    case Kind::kUndefined:
    case Kind::kPathText:
    case Kind::kJsonText:
    case Kind::kNumber:
    case Kind::kJson:
      return false;
  }
  return false;
}

bool Holds(const std::vector<Term>& list, const Term& wanted) {
  return std::any_of(list.begin(), list.end(), [&](const Term& element) {
    if (element.kind != Term::Kind::kJsonText) return Equal(wanted, element);
    return wanted.kind == Term::Kind::kJsonText && wanted.written == element.written;
  });
}

std::optional<int> Order(const Term& left, const Term& right) {
  if (left.kind == Term::Kind::kNumber && right.kind == Term::Kind::kNumber) {
    return Compare(*left.value, *right.value);
  }
  if (left.kind == Term::Kind::kText && right.kind == Term::Kind::kText) {
    return left.value->string().compare(right.value->string());
  }
  return std::nullopt;
}

std::string DecimalText(std::string_view text) {
  const bool negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  int exponent = 0;
  if (const size_t e = text.find_first_of("eE"); e != std::string_view::npos) {
    const std::string_view digits = text.substr(e + (text.substr(e + 1).starts_with('+') ? 2 : 1));
    std::from_chars(digits.data(), digits.data() + digits.size(), exponent);
    text = text.substr(0, e);
  }
  const size_t point = std::min(text.find('.'), text.size());
  const std::string_view fraction = text.substr(std::min(point + 1, text.size()));
  std::string digits = Concat(text.substr(0, point), fraction);
  digits.erase(0, std::min(digits.find_first_not_of('0'), digits.size() - 1));
  const int scale = static_cast<int>(fraction.size()) - exponent;
  const int adjusted = static_cast<int>(digits.size()) - 1 - scale;
  if (scale >= 0 && adjusted >= -6) {
    if (adjusted < 0) digits.insert(0, static_cast<size_t>(-adjusted), '0');
    if (scale > 0) digits.insert(digits.size() - static_cast<size_t>(scale), ".");
  } else {
    if (digits.size() > 1) digits.insert(1, ".");
    digits += Concat(adjusted < 0 ? "E" : "E+", std::to_string(adjusted));
  }
  const bool zero = digits.find_first_of("123456789") == std::string::npos;
  return negative && !zero ? "-" + digits : digits;
}

}  // namespace segue::language::jsonpath
