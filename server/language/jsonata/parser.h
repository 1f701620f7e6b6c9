#pragma once

#include <optional>

#include "server/language/jsonata/node.h"

namespace segue::language::jsonata {

// Parses unit->text into a tree of nodes as they were written; builder.h makes it one that can be
// evaluated. Sets unit->root, or says what is wrong.
std::optional<SyntaxFault> Parse(Unit* unit);

// The name of a node's kind in the reference ("variable"), as faults quote it.
std::string_view KindName(const Node& node);

}  // namespace segue::language::jsonata
