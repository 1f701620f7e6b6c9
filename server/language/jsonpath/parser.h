#pragma once

#include <string_view>

#include "absl/status/statusor.h"
#include "server/language/jsonpath/ast.h"

namespace segue::language::jsonpath {

// Parses a whole path: `$...`, `$$...` or `$variable...`, in the syntax of Jayway JsonPath
// (github.com/json-path/JsonPath, "Operators", "Functions", "Filter Operators"), which the States
// Language names as its own ("Paths"). InvalidArgument says what is wrong and at which character.
// Pure; threads: any.
absl::StatusOr<PathPtr> ParsePath(std::string_view text);

// How much of `text`, which begins with `$`, belongs to the path: up to the first white space,
// comma or closing parenthesis that is not inside brackets, parentheses or quotes. For paths that
// stand among other things.
size_t PathExtent(std::string_view text);

}  // namespace segue::language::jsonpath
