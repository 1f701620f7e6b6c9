#pragma once

#include "server/language/definition/faults.h"
#include "server/language/document.h"

namespace segue::language {

// Rules over a whole machine, all blocks together: names of states (unique, at most 80 characters),
// labels of distributed Maps (unique), variables (no block assigns one that a block around it
// assigns).
void CheckMachine(const Node& machine, Faults* faults);

}  // namespace segue::language
