#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "server/language/jsonata/node.h"

namespace segue::language::jsonata {

struct Token {
  enum class Kind : uint8_t { kEnd, kName, kVariable, kString, kNumber, kValue, kRegex, kOperator };
  Kind kind = Kind::kEnd;
  std::string text;       // a name, a string's value, an operator, a pattern
  std::string flags;      // of a regular expression
  Value value;            // a number, true, false, null
  uint32_t position = 0;  // behind it, in bytes
};

// Cuts an expression into tokens.
class Lexer {
 public:
  explicit Lexer(std::string_view text) : text_(text) {}

  // What a slash means at this place.
  enum class Slash { kRegex, kDivision };
  std::variant<Token, SyntaxFault> Next(Slash slash);

 private:
  char At(size_t position) const { return position < text_.size() ? text_[position] : '\0'; }
  bool IsNameEnd(size_t position) const;
  std::optional<SyntaxFault> SkipBlanksAndComments();
  std::string_view OperatorHere() const;
  std::optional<SyntaxFault> ReadEscape(std::string* out);
  std::variant<Token, SyntaxFault> ReadString();
  std::variant<Token, SyntaxFault> ReadRegex();
  std::variant<Token, SyntaxFault> ReadNumber();
  std::variant<Token, SyntaxFault> ReadQuotedName();
  Token ReadName();
  Token Made(Token::Kind kind, std::string text) const;

  const std::string_view text_;
  size_t position_ = 0;
};

// A string as JSON text, as faults quote it.
std::string Quoted(std::string_view text);

}  // namespace segue::language::jsonata
