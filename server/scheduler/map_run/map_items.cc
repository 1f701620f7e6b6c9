#include "server/scheduler/map_run/map_items.h"

#include <utility>
#include <vector>

namespace segue::scheduler {

MapScene SceneOf(language::WorkflowPtr workflow, const engine::Execution& execution,
                 BranchId branch) {
  MapScene scene{.workflow = std::move(workflow), .execution = {}, .branch = branch};
  scene.execution.id = execution.id;
  scene.execution.workflow = execution.workflow;
  scene.execution.version = execution.version;
  scene.execution.type = execution.type;
  scene.execution.input = execution.input;
  scene.execution.start_time = execution.start_time;
  scene.execution.names = execution.names;
  scene.execution.seed = execution.seed;
  scene.execution.limits = execution.limits;
  scene.execution.depth = execution.depth;
  scene.execution.trace_parent = execution.trace_parent;
  scene.execution.priority = execution.priority;
  scene.execution.redrive_count = execution.redrive_count;
  scene.execution.redrive_time = execution.redrive_time;
  for (std::optional<BranchId> at = branch; at;) {
    const engine::Branch& copied = scene.execution.Add(*execution.Find(*at));
    at = copied.parent;
  }
  scene.now = execution.Find(branch)->entered;
  return scene;
}

ChildInputs::ChildInputs(const MapScene& scene, const engine::MapRunPlan& plan, RunItems items)
    : scene_(scene), plan_(plan), items_(std::move(items)) {
  if (plan_.batch) batcher_.emplace(*plan_.batch);
}

Outcome<std::optional<Json>> ChildInputs::NextItem() {
  if (next_ == items()) return std::optional<Json>();
  engine::MapItem item = engine::ItemAt(items_.items, next_++);
  item.source = items_.origin;
  SEGUE_TRY(iteration, engine::IterationOf(scene_.place(), std::move(item), plan_.input));
  return std::optional<Json>(std::move(iteration.input));
}

Outcome<std::optional<ChildInputs::Child>> ChildInputs::Next() {
  while (true) {
    SEGUE_TRY(item, NextItem());
    if (!batcher_) {
      if (!item) return std::optional<Child>();
      return std::optional<Child>(Child{.input = *std::move(item), .items = 1});
    }
    std::optional<Child> batch = item ? batcher_->Add(*std::move(item)) : batcher_->Finish();
    if (batch || !item) return batch;
  }
}

}  // namespace segue::scheduler
