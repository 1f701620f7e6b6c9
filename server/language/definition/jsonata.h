#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "server/language/expression.h"

namespace segue::language {

// Compiles one JSONata expression: the text between `{%` and `%}`. It sees $states and the
// workflow's variables, and Step Functions' own functions. InvalidArgument says why it cannot be
// parsed, without the error's code ("Unexpected end of expression"); Unimplemented, what it names
// that Step Functions has not: `$`, `$$` and names outside of paths (AWS, "Transforming data with
// JSONata in Step Functions").
//
// `location` is the field that holds it: "Output", "Arguments/a/b[0]". Errors of its evaluation are
// States.QueryEvaluationError with that location, and causes in AWS's words (the engine puts "An
// error occurred while executing the state ..." in front):
//
//   The JSONata expression '<text, trimmed>' specified for the field '<location>' <what>
//
// where <what> is "returned nothing (undefined).", "returned an unsupported result type." (a
// function, say) [both recorded] or "threw an error during evaluation. <code>: <message>".
// Expression::text() is the trimmed text.
absl::StatusOr<ExpressionPtr> CompileJsonata(std::string_view text, std::string_view location);

// Whether a string of a JSONata state is an expression: `{%` at its very begin and `%}` at its very
// end.
bool IsJsonata(std::string_view text);

}  // namespace segue::language
