#pragma once

#include "server/language/definition/fields.h"
#include "server/language/expression.h"

namespace segue::language {

// The condition of a Choice rule of JSONPath mode: And, Or, Not, or Variable with exactly one of
// the 39 operators. Takes its own members only. Null where there is a fault in it.
ConditionPtr CompileChoiceRule(Fields* fields);

}  // namespace segue::language
