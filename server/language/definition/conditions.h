#pragma once

#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "server/language/compile.h"
#include "server/language/expression.h"

// The conditions of Choice rules in JSONPath mode (States Language, "Choice State"). A value of
// another type than the operator's makes the condition false. A path that matches nothing is
// States.Runtime, except to IsPresent.

namespace segue::language {

ConditionPtr And(std::vector<ConditionPtr> conditions);
ConditionPtr Or(std::vector<ConditionPtr> conditions);
ConditionPtr Not(ConditionPtr condition);

// A path of a rule, with its text for error messages.
struct RulePath {
  std::string text;
  std::shared_ptr<const VariablePath> path;
};

// What a variable is compared with: a constant, or the value of another path.
using Operand = std::variant<Json, RulePath>;

enum class ComparedType { kString, kNumeric, kBoolean, kTimestamp };
enum class Relation { kEquals, kLess, kGreater, kLessEquals, kGreaterEquals };

ConditionPtr Compare(RulePath variable, ComparedType type, Relation relation, Operand operand);

// StringMatches: `*` stands for any text, `\*` and `\\` for the characters themselves.
ConditionPtr MatchPattern(RulePath variable, std::string_view pattern);

enum class TestedType { kNull, kPresent, kNumeric, kString, kBoolean, kTimestamp };

// Is...: true where the outcome of the test is `expected`.
ConditionPtr TestType(RulePath variable, TestedType type, Json expected);

}  // namespace segue::language
