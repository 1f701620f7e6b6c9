#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "absl/time/time.h"
#include "server/base/json.h"
#include "server/base/outcome.h"
#include "server/engine/execution.h"
#include "server/engine/item_batcher.h"
#include "server/engine/map_run.h"
#include "server/language/workflow.h"

// What the children of a Map Run get: the Map's items, through ItemSelector and ItemBatcher.

namespace segue::scheduler {

// The Map's execution as it stands while the run goes on: the branch of the Map and those above it,
// for the expressions that are evaluated for each item.
struct MapScene {
  language::WorkflowPtr workflow;
  engine::Execution execution;
  BranchId branch;
  absl::Time now;

  engine::Evaluator::Place place() const {
    return {.workflow = *workflow,
            .execution = execution,
            .branch = *execution.Find(branch),
            .now = now};
  }
};
MapScene SceneOf(language::WorkflowPtr workflow, const engine::Execution& execution,
                 BranchId branch);

// The items of a Map Run: the elements of an array, or the members of an object.
struct RunItems {
  Json items;
  std::string origin;  // MapItem::source
};

// The inputs of the children, in order.
class ChildInputs {
 public:
  // Both outlive it.
  ChildInputs(const MapScene& scene, const engine::MapRunPlan& plan, RunItems items);

  int64_t items() const { return engine::ItemCount(items_.items); }

  // What one of them gets, and of how many of the Map's items that is made.
  using Child = engine::Batch;
  // Nothing at the end.
  Outcome<std::optional<Child>> Next();

 private:
  Outcome<std::optional<Json>> NextItem();

  const MapScene& scene_;
  const engine::MapRunPlan& plan_;
  const RunItems items_;
  int64_t next_ = 0;
  std::optional<engine::ItemBatcher> batcher_;
};

}  // namespace segue::scheduler
