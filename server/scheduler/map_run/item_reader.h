#pragma once

#include <string>

#include "absl/strings/string_view.h"
#include "server/async/task.h"
#include "server/base/json.h"
#include "server/base/outcome.h"
#include "server/engine/map_run.h"
#include "server/scheduler/map_run/run_objects.h"

namespace segue::scheduler {

// The items that the ItemReader of a Map Run reads (as of MapItems): an object, gzipped or not; a
// listing; the files that a manifest names. `objects` may be null: this server has none. An error
// is the Map's. Both outlive the task.
async::Task<Outcome<Json>> ReadItemsOf(const engine::MapRunPlan& plan, RunObjects* objects);

// Where they come from: MapItem::source.
std::string OriginOfItems(const engine::MapRunPlan& plan);

// The error of an ItemReader.
WorkflowError ItemReaderFailed(absl::string_view cause);

}  // namespace segue::scheduler
