#include "server/language/intrinsics/call.h"

#include <utility>

#include "absl/container/inlined_vector.h"
#include "server/base/json_size.h"
#include "server/language/jsonpath/resolve.h"
#include "server/language/text.h"

namespace segue::language::intrinsics {
namespace {

// AWS's words. A path into the Context Object is named as a path from `$`, yet the input quoted is
// the state's (Step Functions Local 2.0).
WorkflowError NotFound(const jsonpath::Path& path, const Scope& scope) {
  const Json document = jsonpath::RootDocument(path, scope);
  std::string why = jsonpath::ExplainNothing(path, document);
  if (why.rfind("Filter: ", 0) == 0) return {"States.Runtime", std::move(why)};
  std::string_view text = path.text;
  if (path.root == jsonpath::Path::Root::kContext) text.remove_prefix(1);
  return {"States.Runtime", Concat("The JsonPath argument for the field '", text,
                                   "' could not be found in the input '", scope.input.Dump(), "'")};
}

Outcome<Json> ValueOf(const Argument& argument, const Scope& scope) {
  if (const Json* literal = std::get_if<Json>(&argument)) return *literal;
  if (const auto* call = std::get_if<CallPtr>(&argument)) return Evaluate(**call, scope);
  const jsonpath::Path& path = *std::get<jsonpath::PathPtr>(argument);
  jsonpath::Answer answer = jsonpath::Resolve(path, scope);
  switch (answer.kind) {
    case jsonpath::Answer::Kind::kValue:
      return std::move(answer.value);
    case jsonpath::Answer::Kind::kTooCostly:
      return WorkflowError{"States.Runtime",
                           Concat("The JSONPath '", path.text, "' visits too many values")};
    case jsonpath::Answer::Kind::kFailed:
      return WorkflowError{"States.Runtime",
                           Concat("Invalid path '", path.text, "' : ", answer.why)};
    case jsonpath::Answer::Kind::kNothing:
    case jsonpath::Answer::Kind::kPastEnd:
      break;
  }
  return NotFound(path, scope);
}

// Whether the call may have what it makes of its arguments' text.
bool IsAllowed(const Function& function, Arguments arguments, Allowance& allowance) {
  if (function.bytes_per_byte == 0) return true;
  for (const Json& argument : arguments) {
    const int64_t size = SizeUpTo(argument, allowance.left());
    if (!allowance.Take(size * function.bytes_per_byte)) return false;
  }
  return true;
}

int64_t BytesOfElements(const Outcome<Json>& result) {
  size_t bytes = 0;
  if (result.ok() && result->is_array()) bytes = result->array().size() * sizeof(Json);
  if (result.ok() && result->is_object()) bytes = result->object().size() * sizeof(Json::Member);
  return static_cast<int64_t>(bytes);
}

WorkflowError TooMuch() { return Refusal("The state's expressions take too much memory."); }

}  // namespace

Outcome<Json> Evaluate(const Call& call, const Scope& scope) {
  absl::InlinedVector<Json, 4> values;
  for (const Argument& argument : call.arguments) {
    SEGUE_TRY(value, ValueOf(argument, scope));
    values.push_back(std::move(value));
  }
  if (!IsAllowed(*call.function, values, scope.allowance)) return TooMuch();
  if (!call.pieces.empty()) {
    return FillTemplate(call.pieces, Arguments(values).subspan(1));
  }
  Outcome<Json> result = call.function->call(values, scope.random);
  if (!scope.allowance.Take(BytesOfElements(result))) return TooMuch();
  return result;
}

}  // namespace segue::language::intrinsics
