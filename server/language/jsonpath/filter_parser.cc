#include <algorithm>
#include <charconv>
#include <iterator>
#include <optional>
#include <utility>

#include "server/language/jsonpath/path_parser.h"
#include "server/language/jsonpath/regex.h"
#include "server/language/jsonpath/relaxed_json.h"
#include "server/language/jsonpath/unescape.h"

// Jayway's FilterCompiler.

namespace segue::language::jsonpath {
namespace {

constexpr int kDepthMax = 64;

constexpr std::pair<std::string_view, Operator> kOperators[] = {
    {">=", Operator::kGreaterEqual},
    {"<=", Operator::kLessEqual},
    {"==", Operator::kEqual},
    {"===", Operator::kSameEqual},
    {"!=", Operator::kNotEqual},
    {"!==", Operator::kSameNotEqual},
    {"<", Operator::kLess},
    {">", Operator::kGreater},
    {"=~", Operator::kMatches},
    {"nin", Operator::kNotIn},
    {"in", Operator::kIn},
    {"contains", Operator::kContains},
    {"all", Operator::kAll},
    {"size", Operator::kSize},
    {"exists", Operator::kExists},
    {"type", Operator::kType},
    {"matches", Operator::kPredicate},
    {"empty", Operator::kEmpty},
    {"subsetof", Operator::kSubsetOf},
    {"anyof", Operator::kAnyOf},
    {"noneof", Operator::kNoneOf},
};

// Words in either case.
std::optional<Operator> OperatorNamed(std::string_view written) {
  std::string lower(written);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  const auto* known = std::find_if(std::begin(kOperators), std::end(kOperators),
                                   [&](const auto& entry) { return entry.first == lower; });
  return known == std::end(kOperators) ? std::nullopt : std::optional(known->second);
}

bool IsOperatorSymbol(char c) {
  return std::string_view("<>=~!").find(c) != std::string_view::npos && c != '\0';
}

FilterPtr Join(FilterNode::Kind kind, std::vector<FilterPtr> children) {
  if (children.size() == 1 && kind != FilterNode::Kind::kNot) return std::move(children.front());
  FilterNode node;
  node.kind = kind;
  node.children = std::move(children);
  return std::make_shared<const FilterNode>(std::move(node));
}

class FilterParser {
 public:
  FilterParser(const Scanner& scanner, ParseState* state) : scanner_(scanner), state_(state) {}

  bool Parse(FilterPtr* filter);

 private:
  bool ParseOr(FilterPtr* node);
  bool ParseAnd(FilterPtr* node);
  bool ParseUnary(FilterPtr* node);
  bool ParseNot(FilterPtr* node);
  bool ParseComparison(FilterPtr* node);
  std::optional<Operator> ReadOperator();
  bool ParseOperand(Operand* operand);
  bool ParsePath(Operand* operand);
  bool ParseText(Operand* operand);
  bool ParseJson(Operand* operand);
  bool ParseRegex(Operand* operand);
  bool ParseNumber(Operand* operand);
  bool ParseWord(std::string_view word, Json value, Operand* operand);
  bool ClosesCall(std::ptrdiff_t path_start) const;

  Scanner scanner_;
  ParseState* state_;
  int depth_ = 0;
  bool negated_ = false;  // a `!` stands before the path that was read last
};

bool FilterParser::Parse(FilterPtr* filter) {
  // Strips `[`, `?` and the brackets' end; the parentheses are read as any others.
  scanner_.Advance();
  scanner_.ShortenEnd();
  scanner_.SkipBlanks();
  scanner_.TrimEnd();
  scanner_.Advance();
  scanner_.SkipBlanks();
  if (scanner_.At(scanner_.end() - 1) != ')') return scanner_.Fail("')' is expected");
  if (!ParseOr(filter)) return false;
  scanner_.SkipBlanks();
  return !scanner_.InBounds() || scanner_.Fail("'&&', '||' or an operator is expected");
}

bool FilterParser::ParseOr(FilterPtr* node) {
  std::vector<FilterPtr> children;
  do {
    if (!ParseAnd(&children.emplace_back())) return false;
  } while (scanner_.EatSignificant("||"));
  *node = Join(FilterNode::Kind::kOr, std::move(children));
  return true;
}

bool FilterParser::ParseAnd(FilterPtr* node) {
  std::vector<FilterPtr> children;
  do {
    if (!ParseUnary(&children.emplace_back())) return false;
  } while (scanner_.EatSignificant("&&"));
  *node = Join(FilterNode::Kind::kAnd, std::move(children));
  return true;
}

bool FilterParser::ParseUnary(FilterPtr* node) {
  if (++depth_ > kDepthMax) return scanner_.Fail("the filter is nested too deeply");
  scanner_.SkipBlanks();
  const char c = scanner_.Current();
  bool good = false;
  if (c == '!') {
    good = ParseNot(node);
  } else if (c == '(') {
    scanner_.Advance();
    good = ParseOr(node);
    scanner_.SkipBlanks();
    if (good && scanner_.Current() != ')') good = scanner_.Fail("')' is expected");
    scanner_.Advance();
  } else {
    good = ParseComparison(node);
  }
  --depth_;
  return good && !scanner_.failed();
}

// `!@.a` asks whether there is none; before anything else `!` is a plain not.
bool FilterParser::ParseNot(FilterPtr* node) {
  const std::ptrdiff_t start = scanner_.position();
  scanner_.Advance();
  scanner_.SkipBlanks();
  const char c = scanner_.Current();
  if (c == '$' || c == '@') {
    scanner_.MoveTo(start);
    return ParseComparison(node);
  }
  FilterPtr inner;
  if (!ParseUnary(&inner)) return false;
  *node = Join(FilterNode::Kind::kNot, {std::move(inner)});
  return true;
}

// Where no known operator follows, a path by itself: whether it finds something. A `!` before a
// path that is compared is read and means nothing.
bool FilterParser::ParseComparison(FilterPtr* node) {
  FilterNode comparison;
  if (!ParseOperand(&comparison.left)) return false;
  const bool negated = negated_;
  const std::ptrdiff_t behind_left = scanner_.position();
  if (const auto op = ReadOperator()) {
    comparison.kind = FilterNode::Kind::kCompare;
    comparison.op = *op;
    if (!ParseOperand(&comparison.right)) return false;
  } else {
    scanner_.MoveTo(behind_left);
    if (comparison.left.kind != Operand::Kind::kPath)
      return scanner_.Fail("an operator is expected");
    comparison.kind = negated ? FilterNode::Kind::kAbsent : FilterNode::Kind::kExists;
  }
  *node = std::make_shared<const FilterNode>(std::move(comparison));
  return true;
}

std::optional<Operator> FilterParser::ReadOperator() {
  scanner_.SkipBlanks();
  const std::ptrdiff_t start = scanner_.position();
  if (IsOperatorSymbol(scanner_.Current())) {
    while (scanner_.InBounds() && IsOperatorSymbol(scanner_.Current())) scanner_.Advance();
  } else {
    while (scanner_.InBounds() && scanner_.Current() != ' ') scanner_.Advance();
  }
  return OperatorNamed(scanner_.Slice(start, scanner_.position()));
}

bool FilterParser::ParseOperand(Operand* operand) {
  negated_ = false;
  scanner_.SkipBlanks();
  switch (scanner_.Current()) {
    case '!':
      scanner_.Advance();
      scanner_.SkipBlanks();
      if (scanner_.Current() != '$' && scanner_.Current() != '@') {
        return scanner_.Fail("a path is expected");
      }
      return ParsePath(operand);
    case '$':
    case '@':
      return ParsePath(operand);
    case '\'':
    case '"':
      return ParseText(operand);
    case '{':
    case '[':
      return ParseJson(operand);
    case '/':
      return ParseRegex(operand);
    case 't':
      return ParseWord("true", Json::Bool(true), operand);
    case 'f':
      return ParseWord("false", Json::Bool(false), operand);
    case 'n':
      return ParseWord("null", Json(), operand);
    default:
      return ParseNumber(operand);
  }
}

// Up to a blank, an operator's symbol or the parenthesis that closes what the path stands in.
bool FilterParser::ParsePath(Operand* operand) {
  const std::ptrdiff_t start = scanner_.position();
  negated_ = scanner_.SignificantBefore(start) == '!';
  scanner_.Advance();
  while (scanner_.InBounds()) {
    if (scanner_.Current() == '[') {
      const std::ptrdiff_t close =
          scanner_.FindClosing(scanner_.position(), ']', Scanner::Regexes::kCount);
      if (close < 0) return scanner_.Fail("the closing ']' is missing");
      scanner_.MoveTo(close + 1);
    }
    const char c = scanner_.Current();
    const bool closes = c == ')' && !ClosesCall(start);
    if (!scanner_.InBounds() || IsOperatorSymbol(c) || c == ' ' || closes) break;
    scanner_.Advance();
  }
  operand->kind = Operand::Kind::kPath;
  operand->path = ParseTrimmedPath(scanner_.Slice(start, scanner_.position()),
                                   scanner_.OffsetOf(start), state_);
  return operand->path != nullptr;
}

// The `)` under the cursor belongs to a call without arguments: `.name()`.
bool FilterParser::ClosesCall(std::ptrdiff_t path_start) const {
  std::ptrdiff_t at = scanner_.position() - 1;
  while (scanner_.InBounds(at) && scanner_.At(at) == ' ') --at;
  if (!scanner_.InBounds(at) || scanner_.At(at) != '(') return false;
  for (--at; at > path_start; --at) {
    if (scanner_.At(at) == '.') return true;
  }
  return false;
}

bool FilterParser::ParseText(Operand* operand) {
  const std::ptrdiff_t start = scanner_.position();
  const std::ptrdiff_t close = scanner_.FindUnescaped(start, scanner_.Current());
  if (close < 0) return scanner_.Fail("the closing quote is missing");
  std::string text;
  if (!Unescape(scanner_.Slice(start + 1, close), &text)) {
    return scanner_.Fail("\\u needs four hexadecimal digits");
  }
  operand->value = Json(std::move(text));
  scanner_.MoveTo(close + 1);
  return true;
}

bool FilterParser::ParseJson(Operand* operand) {
  const std::ptrdiff_t start = scanner_.position();
  const std::ptrdiff_t close =
      scanner_.FindClosing(start, scanner_.Current() == '[' ? ']' : '}', Scanner::Regexes::kCount);
  if (close < 0) return scanner_.Fail("the closing bracket is missing");
  scanner_.MoveTo(close + 1);
  operand->kind = Operand::Kind::kJson;
  operand->text = std::string(scanner_.Slice(start, close + 1));
  operand->value = ParseRelaxedJson(operand->text);
  return true;
}

// /expression/flags
bool FilterParser::ParseRegex(Operand* operand) {
  const std::ptrdiff_t start = scanner_.position();
  const std::ptrdiff_t close = scanner_.FindUnescaped(start, '/');
  if (close < 0) return scanner_.Fail("the closing '/' of the regular expression is missing");
  std::ptrdiff_t end = close + 1;
  while (scanner_.InBounds(end) &&
         std::string_view("dixmsuU").find(scanner_.At(end)) != std::string_view::npos) {
    ++end;
  }
  auto regex = CompileRegex(scanner_.Slice(start + 1, close), scanner_.Slice(close + 1, end));
  if (!regex.ok()) {
    const absl::string_view why = regex.status().message();
    return scanner_.Fail(std::string_view(why.data(), why.size()));
  }
  scanner_.MoveTo(end);
  operand->kind = Operand::Kind::kRegex;
  operand->regex = *std::move(regex);
  return true;
}

// What Java's BigDecimal reads: 1, -1.50, .5, 1., 2e3.
bool FilterParser::ParseNumber(Operand* operand) {
  const std::ptrdiff_t start = scanner_.position();
  constexpr std::string_view kCharacters = "0123456789-.eE";
  while (scanner_.InBounds() && kCharacters.find(scanner_.Current()) != std::string_view::npos) {
    scanner_.Advance();
  }
  operand->text = std::string(scanner_.Slice(start, scanner_.position()));
  const std::string& text = operand->text;
  const char* end = text.data() + text.size();
  int64_t whole = 0;
  if (const auto read = std::from_chars(text.data(), end, whole);
      read.ec == std::errc() && read.ptr == end) {
    operand->value = Json(whole);
    return true;
  }
  double number = 0;
  const auto read = std::from_chars(text.data(), end, number);
  if (read.ec == std::errc::invalid_argument || read.ptr != end) {
    scanner_.MoveTo(start);
    return scanner_.Fail("a value is expected");
  }
  operand->value = Json(number);
  return true;
}

bool FilterParser::ParseWord(std::string_view word, Json value, Operand* operand) {
  const std::ptrdiff_t end = scanner_.position() + std::ssize(word);
  if (scanner_.Slice(scanner_.position(), end) != word) return scanner_.Fail("a value is expected");
  scanner_.MoveTo(end);
  operand->value = std::move(value);
  return true;
}

}  // namespace

FilterPtr ParseFilter(std::string_view text, size_t offset, ParseState* state) {
  FilterPtr filter;
  const Scanner scanner(text, offset, &state->fault);
  if (!FilterParser(scanner, state).Parse(&filter) || scanner.failed()) return nullptr;
  return filter;
}

}  // namespace segue::language::jsonpath
