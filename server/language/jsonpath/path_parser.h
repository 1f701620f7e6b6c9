#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "server/language/jsonpath/ast.h"
#include "server/language/jsonpath/parser.h"
#include "server/language/jsonpath/scanner.h"

namespace segue::language::jsonpath {

// What the parsers of one text share.
struct ParseState {
  Dialect dialect = Dialect::kJayway;
  ParseFault fault;
  int depth = 0;  // paths and filters inside each other
};

// Parses the path that is all of `text`, whose first character stands for its root: blanks around
// it do not count. `offset` is where `text` is in the whole text. Null: state->fault says why.
PathPtr ParseTrimmedPath(std::string_view text, size_t offset, ParseState* state);
// The same for an argument of a function, where a blank at the end does count.
PathPtr ParseArgumentPath(std::string_view text, size_t offset, ParseState* state);

// Parses "[?(...)]", all of `text`. Null: state->fault says why.
FilterPtr ParseFilter(std::string_view text, size_t offset, ParseState* state);

// Reads the steps of one path, one token after the other.
class PathParser {
 public:
  PathParser(const Scanner& scanner, ParseState* state) : scanner_(scanner), state_(state) {}

  PathPtr Parse();

 private:
  bool ParseToken();
  bool ParseBracket();
  bool ParseDot();
  bool ParseNameOrCall();
  bool ParseCall(std::string_view name, std::ptrdiff_t open);
  bool ParseNames();
  bool AddName(std::string_view quoted, std::vector<std::string>* names);
  bool ParseIndices(std::ptrdiff_t close);
  bool ParseSlice(std::string_view expression);
  bool ParseWildcard();
  bool ParseFilterToken();
  std::ptrdiff_t FindIndicesEnd() const;

  // arguments.cc
  bool ParseArguments(FunctionStep* step);
  bool ParsePathArgument(std::string_view text, size_t offset, FunctionArgument* argument);
  // `$..a.sum()` is read as `$.sum($..a)`.
  bool PutScanIntoCall();

  Scanner scanner_;
  ParseState* state_;
  std::shared_ptr<Path> path_ = std::make_shared<Path>();
};

}  // namespace segue::language::jsonpath
