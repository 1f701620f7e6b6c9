#include <re2/re2.h>

#include <algorithm>
#include <utility>

#include "server/language/jsonpath/parser_internal.h"
#include "server/language/text.h"

// Jayway JsonPath, "Filter Operators" and "Predicates".

namespace segue::language::jsonpath {
namespace {

constexpr int kDepthMax = 64;

// Longer symbols stand before those that they begin with.
constexpr std::pair<std::string_view, Operator> kSymbols[] = {
    {"===", Operator::kSameEqual}, {"!==", Operator::kSameNotEqual},
    {"==", Operator::kEqual},      {"!=", Operator::kNotEqual},
    {"<=", Operator::kLessEqual},  {">=", Operator::kGreaterEqual},
    {"=~", Operator::kMatches},    {"<", Operator::kLess},
    {">", Operator::kGreater},
};
constexpr std::pair<std::string_view, Operator> kWords[] = {
    {"in", Operator::kIn},
    {"nin", Operator::kNotIn},
    {"contains", Operator::kContains},
    {"all", Operator::kAll},
    {"size", Operator::kSize},
    {"empty", Operator::kEmpty},
    {"exists", Operator::kExists},
    {"subsetof", Operator::kSubsetOf},
    {"anyof", Operator::kAnyOf},
    {"noneof", Operator::kNoneOf},
    {"type", Operator::kType},
};

bool IsLetter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

FilterPtr Join(FilterNode::Kind kind, std::vector<FilterPtr> children) {
  if (children.size() == 1 && kind != FilterNode::Kind::kNot) return std::move(children.front());
  FilterNode node;
  node.kind = kind;
  node.children = std::move(children);
  return std::make_shared<const FilterNode>(std::move(node));
}

}  // namespace

bool Parser::ParseOr(FilterPtr* node) {
  std::vector<FilterPtr> children;
  do {
    if (!ParseAnd(&children.emplace_back())) return false;
    SkipSpace();
  } while (EatText("||"));
  *node = Join(FilterNode::Kind::kOr, std::move(children));
  return true;
}

bool Parser::ParseAnd(FilterPtr* node) {
  std::vector<FilterPtr> children;
  do {
    if (!ParseUnary(&children.emplace_back())) return false;
    SkipSpace();
  } while (EatText("&&"));
  *node = Join(FilterNode::Kind::kAnd, std::move(children));
  return true;
}

bool Parser::ParseUnary(FilterPtr* node) {
  if (++depth_ > kDepthMax) return Fail("the filter is nested too deeply");
  SkipSpace();
  bool good = false;
  if (Eat('!')) {
    FilterPtr inner;
    good = ParseUnary(&inner);
    *node = Join(FilterNode::Kind::kNot, {std::move(inner)});
  } else if (Eat('(')) {
    good = ParseOr(node);
    SkipSpace();
    good = good && (Eat(')') || Fail("')' is expected"));
  } else {
    good = ParseComparison(node);
  }
  --depth_;
  return good;
}

bool Parser::ParseComparison(FilterPtr* node) {
  FilterNode comparison;
  if (!ParseOperand(&comparison.left)) return false;
  SkipSpace();
  if (const auto op = ReadOperator()) {
    comparison.kind = FilterNode::Kind::kCompare;
    comparison.op = *op;
    SkipSpace();
    if (!ParseOperand(&comparison.right)) return false;
  } else if (std::holds_alternative<PathPtr>(comparison.left)) {
    comparison.kind = FilterNode::Kind::kExists;
  } else if (const Json* value = std::get_if<Json>(&comparison.left);
             value != nullptr && value->is_bool()) {
    comparison.kind = FilterNode::Kind::kConstant;
  } else {
    return Fail("an operator is expected");
  }
  *node = std::make_shared<const FilterNode>(std::move(comparison));
  return true;
}

std::optional<Operator> Parser::ReadOperator() {
  for (const auto& [symbol, op] : kSymbols) {
    if (EatText(symbol)) return op;
  }
  std::string word;
  while (IsLetter(Peek(word.size()))) {
    const char c = Peek(word.size());
    word.push_back(c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c);
  }
  for (const auto& [name, op] : kWords) {
    if (word != name) continue;
    position_ += word.size();
    return op;
  }
  return std::nullopt;
}

bool Parser::ParseOperand(Operand* operand) {
  const char c = Peek();
  if (c == '@' || c == '$') return ParseNested(Place::kInFilter, &operand->emplace<PathPtr>());
  if (c == '/') return ParseRegex(operand);
  return ParseLiteral(&operand->emplace<Json>());
}

// /expression/flags. RE2 answers in linear time, which a definition of strangers needs; it knows no
// look-around and no back-references.
bool Parser::ParseRegex(Operand* operand) {
  Eat('/');
  std::string expression;
  for (; !AtEnd() && Peek() != '/'; ++position_) {
    if (Peek() == '\\') {
      ++position_;
      if (AtEnd()) break;
      if (Peek() != '/') expression.push_back('\\');
    }
    expression.push_back(Peek());
  }
  if (!Eat('/')) return Fail("the closing '/' of the regular expression is missing");
  std::string flags;
  for (; IsLetter(Peek()); ++position_) {
    constexpr std::string_view kFlags = "ismuxdU";  // Java's; u, x, d and U change nothing here
    if (kFlags.find(Peek()) == std::string_view::npos) return Fail("an unknown flag");
    if (std::string_view("ism").find(Peek()) != std::string_view::npos) flags.push_back(Peek());
  }
  if (!flags.empty()) expression = Concat("(?", flags, ")", expression);
  RE2::Options options(RE2::Quiet);
  options.set_max_mem(1 << 20);
  auto regex = std::make_shared<RE2>(expression, options);
  if (!regex->ok()) return Fail(Concat("a bad regular expression: ", regex->error()));
  *operand = RegexPtr(std::move(regex));
  return true;
}

bool Parser::ParseLiteral(Json* value) {
  if (++depth_ > kDepthMax) return Fail("the literal is nested too deeply");
  SkipSpace();
  bool good = false;
  if (Peek() == '[') {
    good = ParseArrayLiteral(value);
  } else if (Peek() == '{') {
    good = ParseObjectLiteral(value);
  } else {
    good = ParseScalarLiteral(value);
  }
  --depth_;
  return good;
}

bool Parser::ParseArrayLiteral(Json* value) {
  Eat('[');
  Json::Array elements;
  SkipSpace();
  if (!Eat(']')) {
    do {
      if (!ParseLiteral(&elements.emplace_back())) return false;
      SkipSpace();
    } while (Eat(','));
    if (!Eat(']')) return Fail("']' is expected");
  }
  *value = Json(std::move(elements));
  return true;
}

bool Parser::ParseObjectLiteral(Json* value) {
  Eat('{');
  Json::Object members;
  SkipSpace();
  if (!Eat('}')) {
    do {
      SkipSpace();
      std::string name;
      if (Peek() != '\'' && Peek() != '"') return Fail("a quoted name is expected");
      if (!ParseQuoted(Escapes::kAll, &name)) return false;
      SkipSpace();
      if (!Eat(':')) return Fail("':' is expected");
      Json member;
      if (!ParseLiteral(&member)) return false;
      members.Set(name, std::move(member));
      SkipSpace();
    } while (Eat(','));
    if (!Eat('}')) return Fail("'}' is expected");
  }
  *value = Json(std::move(members));
  return true;
}

bool Parser::ParseScalarLiteral(Json* value) {
  if (Peek() == '\'' || Peek() == '"') {
    std::string text;
    if (!ParseQuoted(Escapes::kAll, &text)) return false;
    *value = Json(std::move(text));
    return true;
  }
  size_t length = 0;
  while (IsLetter(Peek(length)) || (Peek(length) >= '0' && Peek(length) <= '9') ||
         (Peek(length) != '\0' &&
          std::string_view("+-.").find(Peek(length)) != std::string_view::npos)) {
    ++length;
  }
  const auto parsed = Json::Parse(text_.substr(std::min(position_, text_.size()), length));
  if (!parsed.ok()) return Fail("a value is expected");
  position_ += length;
  *value = *parsed;
  return true;
}

}  // namespace segue::language::jsonpath
