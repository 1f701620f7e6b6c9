#pragma once

#include <string_view>

#include "absl/status/statusor.h"
#include "server/language/jsonpath/ast.h"

namespace segue::language::jsonpath {

// Whose rules hold where they differ.
enum class Dialect {
  // The States Language: a path begins with `$`, `$$` or `$variable`. In quoted names a backslash
  // is itself unless a quote or a backslash follows (recorded: AWS finds the member `a\"b` by
  // $['a\"b']).
  kStates,
  // Jayway JsonPath 2.9 by itself: `a.b` stands for `$.a.b`; quoted names know all of JSON's
  // escapes.
  kJayway,
};

// Parses a whole path in the syntax of Jayway JsonPath (github.com/json-path/JsonPath, "Operators",
// "Functions", "Filter Operators"; where that is silent, what its PathCompiler and FilterCompiler
// do), which the States Language names as its own ("Paths"). InvalidArgument says what is wrong and
// at which character (see FaultOffset). Pure; threads: any.
absl::StatusOr<PathPtr> ParsePath(std::string_view text, Dialect dialect = Dialect::kStates);

// How much of `text`, which begins with `$`, belongs to the path: up to the first white space,
// comma or closing parenthesis that is not inside brackets, parentheses or quotes. For paths that
// stand among other things.
size_t PathExtent(std::string_view text);

}  // namespace segue::language::jsonpath
