#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "server/base/json.h"
#include "server/language/expression.h"

// JSONPath mode's compilers: text or template -> Expression. InvalidArgument says what is wrong
// with the text; whoever reads the definition adds the position.

namespace segue::language {

// Which error a path that matches nothing is for the workflow, and how its cause says so. The words
// are AWS's; whoever knows the state puts "An error occurred while executing the state ..." in
// front.
struct PathOptions {
  enum class Missing {
    // "Invalid path '$.a.b' : Missing property in path $['a']": InputPath, OutputPath and their
    // like.
    kInvalidPath,
    // "The SecondsPath parameter does not reference an input value: $.seconds": names `field`.
    kNoInputValue,
    // "The JSONPath '$.a' specified for the field 'a.$' could not be found in the input '{}'":
    // names `field`.
    kTemplateField,
  };
  std::string missing_error = "States.Runtime";
  Missing missing = Missing::kInvalidPath;
  std::string field;
};

// `$...`, `$$...` or `$variable...` (States Language, "Paths"; syntax and answers are Jayway's). An
// indefinite path gives an array of what it matches, a definite one the one value. A definite path
// that ends in an index which its array does not have gives null, as it does on AWS.
absl::StatusOr<ExpressionPtr> CompilePath(std::string_view text, const PathOptions& options = {});

// A path as above or an intrinsic function call ("States.Format('{}', $.name)"): what a field that
// ends in `.$` or in Path may hold where the specification allows both.
absl::StatusOr<ExpressionPtr> CompilePathOrIntrinsic(std::string_view text,
                                                     const PathOptions& options = {});

// A payload template (Parameters, ResultSelector, ItemSelector): members whose name ends in `.$`
// are paths or intrinsics, all else is literal. A template without any is a Literal. A path that
// matches nothing is States.Runtime, as on AWS (the specification says
// States.ParameterPathFailure). `fault_pointer`, where given, receives the JSON pointer, inside the
// template, of the fault.
absl::StatusOr<ExpressionPtr> CompilePayloadTemplate(const Json& value,
                                                     std::string* fault_pointer = nullptr);

// A Reference Path: only member and index steps; no `@ , : ?` (States Language, "Reference Paths").
absl::StatusOr<ReferencePath> CompileReferencePath(std::string_view text);

// The value a Choice rule's Variable names: nothing where the path matches nothing (IsPresent), an
// error where that is not known.
class VariablePath {
 public:
  virtual ~VariablePath() = default;
  virtual Outcome<std::optional<Json>> Find(const Scope& scope) const = 0;
};
absl::StatusOr<std::shared_ptr<const VariablePath>> CompileVariablePath(std::string_view text);

}  // namespace segue::language
