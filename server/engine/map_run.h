#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "absl/time/time.h"
#include "server/base/json.h"
#include "server/base/outcome.h"
#include "server/engine/execution.h"
#include "server/engine/io.h"
#include "server/engine/item_batcher.h"
#include "server/engine/map_input.h"
#include "server/language/workflow.h"

// A distributed Map runs each of its items, or batches of them, as an execution of its own. The
// engine of the Map's own execution only waits for the run; whoever performs its effect StartMapRun
// reads the items, starts the children and gathers their results, after this plan.

namespace segue::engine {

// "label:uuid": the uuid is drawn from the execution's seed, so that it is the same whoever asks.
std::string MapRunIdOf(const language::Workflow& workflow, const Execution& execution,
                       const Branch& branch);

// How often a Map Run can be redriven (Developer Guide, "Redrive eligibility for child workflows in
// a Map Run"). Once more fails with States.Runtime; the redrive after that starts a new run.
inline constexpr int64_t kMapRunRedrivesMax = 1000;

struct MapRunPlan {
  std::string id;  // MapRunIdOf
  std::string state_name;
  std::string first_state;  // of the processor
  int64_t redrives = 0;     // of the run
  ExecutionType child_type = ExecutionType::kStandard;
  Json input;                 // the Map's effective input
  std::optional<Json> items;  // as of MapItems; nothing where the reader brings them
  const language::ItemReader* reader = nullptr;
  Json reader_arguments;
  std::optional<int64_t> reader_items_max;
  std::optional<BatchPlan> batch;
  const language::ResultWriter* writer = nullptr;
  Json writer_arguments;
  int64_t max_concurrency = 0;  // 0: any number
  Tolerance tolerance;
};

// The plan of the Map that the branch stands in. Borrows the workflow.
Outcome<MapRunPlan> PlanMapRun(const Evaluator::Place& place);

}  // namespace segue::engine
