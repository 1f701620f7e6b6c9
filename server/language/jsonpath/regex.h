#pragma once

#include <string_view>

#include "absl/status/statusor.h"
#include "server/language/jsonpath/ast.h"

namespace segue::language::jsonpath {

// Compiles a regular expression of Java's syntax, with Java's flag letters. RE2 runs it, in linear
// time, which a definition of strangers needs; it knows no look-around, no back-references and no
// possessive quantifiers, which are InvalidArgument here. Pure; threads: any.
absl::StatusOr<RegexPtr> CompileRegex(std::string_view expression, std::string_view flags);

// Whether all of `text` matches.
bool FullyMatches(const re2::RE2& regex, std::string_view text);

}  // namespace segue::language::jsonpath
