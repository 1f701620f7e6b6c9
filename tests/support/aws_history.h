#pragma once

#include <string>

#include "server/base/json.h"
#include "server/engine/execution.h"
#include "server/engine/history.h"

namespace segue::testing {

// A history event in the shape of GetExecutionHistory (service-2.json, HistoryEvent).
// `execution` is the one that it belongs to: AWS repeats some of it in events.
Json AwsHistoryEvent(const engine::HistoryEvent& event, const engine::Execution& execution);

}  // namespace segue::testing
