#pragma once

#include <optional>

#include "server/language/jsonata/node.h"

namespace segue::language::jsonata {

// Makes the parsed tree one that can be evaluated: chains of `.` become paths, brackets become
// filters, `%` finds the step that it means, calls in tail position become thunks. Sets unit->root
// anew, or says what is wrong.
std::optional<SyntaxFault> Build(Unit* unit);

// Fills unit->references from the built tree.
void CollectReferences(Unit* unit);

}  // namespace segue::language::jsonata
