#pragma once

#include "server/language/jsonpath/ast.h"
#include "server/language/jsonpath/evaluation.h"
#include "server/language/jsonpath/term.h"

namespace segue::language::jsonpath {

// Jayway's EvaluatorFactory: whether `op` holds between two values. kBadPath where the right side
// is not of the kind that the operator needs, which makes the whole filter false.
Fault CompareTerms(Operator op, const Term& left, const Term& right, bool* holds);

}  // namespace segue::language::jsonpath
