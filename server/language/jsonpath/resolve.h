#pragma once

#include <string>

#include "server/language/expression.h"
#include "server/language/jsonpath/evaluator.h"

namespace segue::language::jsonpath {

// Evaluates `path` on what its root stands for in `scope`: the input, the Context Object or a
// variable. A variable that is not set is kNothing. kTooCostly is also where the scope's allowance
// is spent.
Answer Resolve(const Path& path, const Scope& scope);

// The document that Resolve used: null for a variable that is not set. For causes.
Json RootDocument(const Path& path, const Scope& scope);

}  // namespace segue::language::jsonpath
