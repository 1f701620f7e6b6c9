#pragma once

#include <memory>
#include <string_view>
#include <variant>
#include <vector>

#include "absl/status/statusor.h"
#include "server/base/json.h"
#include "server/base/outcome.h"
#include "server/language/expression.h"
#include "server/language/intrinsics/functions.h"
#include "server/language/jsonpath/ast.h"

// Intrinsic functions of JSONPath mode (States Language, "Intrinsic Functions" and Appendix B).

namespace segue::language::intrinsics {

struct Call;
using CallPtr = std::shared_ptr<const Call>;
using Argument = std::variant<Json, jsonpath::PathPtr, CallPtr>;

// A parsed call. Immutable; shared between threads.
struct Call {
  const Function* function = nullptr;
  std::vector<Argument> arguments;
  // States.Format with a literal template: the text between its `{}`.
  std::vector<std::string> pieces;
};

// Parses a whole call: "States.Format('Hello {}', $.name)". Calls nest 10 deep. InvalidArgument
// names what is wrong: the syntax, a function that there is not, the number of arguments.
absl::StatusOr<CallPtr> ParseCall(std::string_view text);

// Calls the innermost first. States.IntrinsicFailure where a function refuses its arguments,
// States.Runtime where a path among them matches nothing; the cause is what went wrong, without
// naming the call.
Outcome<Json> Evaluate(const Call& call, const Scope& scope);

}  // namespace segue::language::intrinsics
