#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "server/language/jsonpath/ast.h"

namespace segue::language::jsonpath {

// Recursive descent over one text. Each Parse method leaves the cursor behind what it read; false
// means that the first fault has been noted.
class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  absl::StatusOr<PathPtr> ParseWhole();

 private:
  // Where a path stands decides where its dotted names end.
  enum class Place { kAlone, kInFilter, kInArguments };

  // parser.cc
  bool ParseRoot(Path* path);
  bool ParseSteps(Place place, Path* path);
  bool ParseDotted(Place place, Path* path);
  bool ParseBracket(Path* path);
  bool ParseNames(Path* path);
  bool ParseIndices(Path* path);
  bool ParseFunction(std::string_view name, Path* path);
  bool ParseArgument(FunctionArgument* argument);
  bool ParseNested(Place place, PathPtr* path);
  bool ParseInteger(int64_t* value);
  std::string_view ReadName(Place place);
  // Everything after the opening quote, up to and with the closing one.
  enum class Escapes { kQuotesOnly, kAll };
  bool ParseQuoted(Escapes escapes, std::string* value);
  bool ParseEscape(std::string* value);

  // filter_parser.cc
  bool ParseOr(FilterPtr* node);
  bool ParseAnd(FilterPtr* node);
  bool ParseUnary(FilterPtr* node);
  bool ParseComparison(FilterPtr* node);
  bool ParseOperand(Operand* operand);
  bool ParseRegex(Operand* operand);
  bool ParseLiteral(Json* value);
  bool ParseArrayLiteral(Json* value);
  bool ParseObjectLiteral(Json* value);
  bool ParseScalarLiteral(Json* value);
  std::optional<Operator> ReadOperator();

  // The cursor.
  bool AtEnd() const { return position_ >= text_.size(); }
  char Peek(size_t ahead = 0) const {
    return position_ + ahead < text_.size() ? text_[position_ + ahead] : '\0';
  }
  bool Eat(char c);
  bool EatText(std::string_view expected);
  void SkipSpace();
  bool Fail(std::string_view what);

  std::string_view text_;
  size_t position_ = 0;
  int depth_ = 0;
  std::string fault_;
};

}  // namespace segue::language::jsonpath
