#pragma once

#include <cstdint>
#include <memory>
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

// Items one after the other. Pure; bounded by what it was made of.
class ItemSource {
 public:
  virtual ~ItemSource() = default;
  // How many there are in all.
  virtual int64_t length() const = 0;
  // Nothing at the end.
  virtual Outcome<std::optional<engine::MapItem>> Next() = 0;
};

// The elements of an array, or the members of an object. `origin`: MapItem::source.
std::unique_ptr<ItemSource> ItemsOf(Json items, std::string origin);

// The inputs of the children, in order.
class ChildInputs {
 public:
  // Both outlive it.
  ChildInputs(const MapScene& scene, const engine::MapRunPlan& plan,
              std::unique_ptr<ItemSource> source);

  int64_t items() const { return source_->length(); }

  // What one of them gets, and of how many of the Map's items that is made.
  using Child = engine::Batch;
  // Nothing at the end.
  Outcome<std::optional<Child>> Next();

 private:
  Outcome<std::optional<Json>> NextItem();

  const MapScene& scene_;
  const engine::MapRunPlan& plan_;
  const std::unique_ptr<ItemSource> source_;
  std::optional<engine::ItemBatcher> batcher_;
};

}  // namespace segue::scheduler
