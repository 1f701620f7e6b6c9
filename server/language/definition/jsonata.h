#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "server/language/expression.h"

namespace segue::language {

// Compiles one JSONata expression: the text between `{%` and `%}`. InvalidArgument says what is
// wrong with it; Unimplemented, always, until the evaluator is there.
absl::StatusOr<ExpressionPtr> CompileJsonata(std::string_view text);

// Whether a string of a JSONata state is an expression: `{%` at its very begin and `%}` at its very
// end.
bool IsJsonata(std::string_view text);

}  // namespace segue::language
