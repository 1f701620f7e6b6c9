#include "server/language/jsonata/lexer.h"

#include <charconv>
#include <cmath>
#include <cstdlib>
#include <utility>

#include "server/language/jsonata/number_text.h"
#include "server/language/jsonata/utf.h"

namespace segue::language::jsonata {
namespace {

constexpr std::string_view kBlanks = " \t\n\r\v";
constexpr std::string_view kOperators = ".[]{}(),@#;:?+-*/%|=<>^&!~";
constexpr std::string_view kLongOperators[] = {"..", ":=", "!=", ">=", "<=", "**", "~>"};

bool IsIn(std::string_view set, char c) {
  return c != '\0' && set.find(c) != std::string_view::npos;
}
bool IsDigit(char c) { return c >= '0' && c <= '9'; }

int HexDigit(char c) {
  if (IsDigit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

std::string Quoted(std::string_view text) { return Json(text).Dump(); }

Token Lexer::Made(Token::Kind kind, std::string text) const {
  Token token;
  token.kind = kind;
  token.text = std::move(text);
  token.position = static_cast<uint32_t>(position_);
  return token;
}

std::optional<SyntaxFault> Lexer::SkipBlanksAndComments() {
  for (;;) {
    while (IsIn(kBlanks, At(position_))) ++position_;
    if (At(position_) != '/' || At(position_ + 1) != '*') return std::nullopt;
    const size_t end = text_.find("*/", position_ + 2);
    if (end == std::string_view::npos) return SyntaxFault{.code = "S0106", .position = position_};
    position_ = end + 2;
  }
}

std::string_view Lexer::OperatorHere() const {
  for (const std::string_view op : kLongOperators) {
    if (text_.substr(position_, op.size()) == op) return op;
  }
  return IsIn(kOperators, At(position_)) ? text_.substr(position_, 1) : std::string_view();
}

bool Lexer::IsNameEnd(size_t position) const {
  return position >= text_.size() || IsIn(kBlanks, text_[position]) ||
         IsIn(kOperators, text_[position]);
}

std::variant<Token, SyntaxFault> Lexer::Next(Slash slash) {
  if (auto fault = SkipBlanksAndComments()) return *std::move(fault);
  if (position_ >= text_.size()) return Made(Token::Kind::kEnd, "(end)");
  const char c = text_[position_];
  if (c == '/' && slash == Slash::kRegex) return ReadRegex();
  if (const std::string_view op = OperatorHere(); !op.empty()) {
    position_ += op.size();
    return Made(Token::Kind::kOperator, std::string(op));
  }
  if (c == '"' || c == '\'') return ReadString();
  if (IsDigit(c)) return ReadNumber();
  if (c == '`') return ReadQuotedName();
  return ReadName();
}

// Behind a backslash; ends on the escape's last character.
std::optional<SyntaxFault> Lexer::ReadEscape(std::string* out) {
  constexpr std::pair<char, char> kEscapes[] = {{'"', '"'},  {'\\', '\\'}, {'/', '/'},
                                                {'b', '\b'}, {'f', '\f'},  {'n', '\n'},
                                                {'r', '\r'}, {'t', '\t'}};
  const char c = At(position_);
  for (const auto& [name, character] : kEscapes) {
    if (c != name) continue;
    out->push_back(character);
    return std::nullopt;
  }
  if (c != 'u') {
    std::string_view rest = text_.substr(position_);
    size_t length = 0;
    if (!rest.empty()) NextCharacter(rest, &length);
    return SyntaxFault{.code = "S0103",
                       .position = position_,
                       .token = Quoted(rest.substr(0, length)),
                       .plain_token = std::string(rest.substr(0, length))};
  }
  // The reference takes fewer digits at the very end of the text.
  char32_t character = 0;
  size_t digits = 0;
  for (; digits < 4 && position_ + 1 + digits < text_.size(); ++digits) {
    const int digit = HexDigit(text_[position_ + 1 + digits]);
    if (digit < 0) return SyntaxFault{.code = "S0104", .position = position_};
    character = character * 16 + static_cast<char32_t>(digit);
  }
  if (digits == 0) return SyntaxFault{.code = "S0104", .position = position_};
  AppendCharacter(character, out);
  position_ += digits;
  return std::nullopt;
}

std::variant<Token, SyntaxFault> Lexer::ReadString() {
  const char quote = text_[position_++];
  std::string value;
  for (; position_ < text_.size(); ++position_) {
    const char c = text_[position_];
    if (c == quote) {
      ++position_;
      return Made(Token::Kind::kString, std::move(value));
    }
    if (c == '\\') {
      ++position_;
      if (auto fault = ReadEscape(&value)) return *std::move(fault);
    } else {
      value.push_back(c);
    }
  }
  return SyntaxFault{.code = "S0101", .position = text_.size()};
}

// A slash closes where no bracket is open and no odd number of backslashes stands before it.
std::variant<Token, SyntaxFault> Lexer::ReadRegex() {
  const size_t start = ++position_;
  int depth = 0;
  for (; position_ < text_.size(); ++position_) {
    const char c = text_[position_];
    size_t escapes = 0;
    while (escapes < position_ - start && text_[position_ - escapes - 1] == '\\') ++escapes;
    if (c == '/' && depth == 0 && escapes % 2 == 0) {
      std::string pattern(text_.substr(start, position_ - start));
      if (pattern.empty()) return SyntaxFault{.code = "S0301", .position = position_};
      const size_t flags = ++position_;
      while (IsIn("im", At(position_))) ++position_;
      Token token = Made(Token::Kind::kRegex, std::move(pattern));
      token.flags = std::string(text_.substr(flags, position_ - flags));
      return token;
    }
    if (IsIn("([{", c) && escapes == 0) ++depth;
    if (IsIn(")]}", c) && escapes == 0) --depth;
  }
  return SyntaxFault{.code = "S0302", .position = text_.size()};
}

std::variant<Token, SyntaxFault> Lexer::ReadNumber() {
  const size_t start = position_;
  size_t end = start + 1;
  const auto digits = [&](size_t from) {
    while (IsDigit(At(from))) ++from;
    return from;
  };
  if (text_[start] != '0') end = digits(start);
  if (At(end) == '.' && IsDigit(At(end + 1))) end = digits(end + 1);
  if (At(end) == 'e' || At(end) == 'E') {
    const size_t sign = At(end + 1) == '+' || At(end + 1) == '-' ? 1 : 0;
    if (IsDigit(At(end + 1 + sign))) end = digits(end + 1 + sign);
  }
  const std::string text(text_.substr(start, end - start));
  const double value = std::strtod(text.c_str(), nullptr);
  if (!std::isfinite(value)) {
    return SyntaxFault{
        .code = "S0102", .position = start, .token = Quoted(text), .plain_token = text};
  }
  position_ = end;
  Token token = Made(Token::Kind::kNumber, NumberText(value));
  token.value = Value::Number(value);
  return token;
}

std::variant<Token, SyntaxFault> Lexer::ReadQuotedName() {
  const size_t end = text_.find('`', position_ + 1);
  if (end == std::string_view::npos) {
    return SyntaxFault{.code = "S0105", .position = text_.size()};
  }
  std::string name(text_.substr(position_ + 1, end - position_ - 1));
  position_ = end + 1;
  return Made(Token::Kind::kName, std::move(name));
}

Token Lexer::ReadName() {
  const size_t start = position_;
  while (!IsNameEnd(position_)) ++position_;
  const std::string_view name = text_.substr(start, position_ - start);
  if (name.front() == '$') return Made(Token::Kind::kVariable, std::string(name.substr(1)));
  if (name == "and" || name == "or" || name == "in") {
    return Made(Token::Kind::kOperator, std::string(name));
  }
  Token token = Made(Token::Kind::kName, std::string(name));
  if (name == "true" || name == "false" || name == "null") {
    token.kind = Token::Kind::kValue;
    token.value = name == "null" ? Value::Null() : Value::Bool(name == "true");
  }
  return token;
}

}  // namespace segue::language::jsonata
