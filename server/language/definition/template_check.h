#pragma once

#include "server/language/definition/faults.h"
#include "server/language/document.h"
#include "server/language/expression.h"

namespace segue::language {

// A payload template of JSONPath mode. Unlike CompilePayloadTemplate, which stops at the first
// fault, it reports all of them, each in its place; null where there is any.
ExpressionPtr CompileCheckedTemplate(const Node& node, Faults* faults);

}  // namespace segue::language
