#pragma once

#include "server/base/json.h"
#include "server/engine/execution.h"
#include "server/language/workflow.h"

namespace segue::engine {

// The Context Object (`$$`, `$states.context`) as the state that `branch` stands in sees it (States
// Language, "The Context Object"). `item`: the Map item it is made for; nullptr: the one that the
// branch or the nearest branch above it works on.
Json MakeContext(const language::Workflow& workflow, const Execution& execution,
                 const Branch& branch, const MapItem* item);

// The Context Object of a Map iteration, made of the Map's own: with `Map.Item`.
Json WithItem(const Json& context, const MapItem& item);

}  // namespace segue::engine
