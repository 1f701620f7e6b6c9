#include "server/scheduler/map_items.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace segue::scheduler {
namespace {

class ArrayItems final : public ItemSource {
 public:
  explicit ArrayItems(Json items) : items_(std::move(items)) {}
  int64_t length() const override { return std::ssize(items_.array()); }
  Outcome<std::optional<Json>> Next() override {
    if (next_ == items_.array().size()) return std::optional<Json>();
    return std::optional<Json>(items_.array()[next_++]);
  }

 private:
  const Json items_;
  size_t next_ = 0;
};

// AWS: what a child execution may get as its input.
constexpr int64_t kInputBytesMax = 256 * 1024;

}  // namespace

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
  for (std::optional<BranchId> at = branch; at;) {
    const engine::Branch& copied = scene.execution.Add(*execution.Find(*at));
    at = copied.parent;
  }
  scene.now = execution.Find(branch)->entered;
  return scene;
}

std::unique_ptr<ItemSource> ItemsOfArray(Json items) {
  return std::make_unique<ArrayItems>(std::move(items));
}

ChildInputs::ChildInputs(const MapScene& scene, const engine::MapRunPlan& plan,
                         std::unique_ptr<ItemSource> source)
    : scene_(scene), plan_(plan), source_(std::move(source)) {}

Outcome<std::optional<Json>> ChildInputs::NextItem() {
  if (held_) return std::exchange(held_, std::nullopt);
  SEGUE_TRY(item, source_->Next());
  if (!item) return std::optional<Json>();
  engine::MapItem indexed{.index = index_++, .value = *std::move(item)};
  SEGUE_TRY(iteration, engine::IterationOf(scene_.place(), std::move(indexed), plan_.input));
  return std::optional<Json>(std::move(iteration.input));
}

// AWS, "ItemBatcher": {"Items": [...]} with BatchInput beside it.
Outcome<std::optional<ChildInputs::Child>> ChildInputs::Next() {
  if (!plan_.batch) {
    SEGUE_TRY(item, NextItem());
    if (!item) return std::optional<Child>();
    return std::optional<Child>(Child{.input = *std::move(item)});
  }
  const int64_t bytes_max =
      std::min(plan_.batch->input_bytes_max.value_or(kInputBytesMax), kInputBytesMax);
  Json frame = Json::Object();
  if (!plan_.batch->batch_input.is_null()) {
    frame = frame.With("BatchInput", plan_.batch->batch_input);
  }
  int64_t bytes = std::ssize(frame.Dump()) + std::ssize(std::string_view("\"Items\":[],"));
  Json::Array items;
  while (std::ssize(items) < plan_.batch->items_max.value_or(INT64_MAX)) {
    SEGUE_TRY(item, NextItem());
    if (!item) break;
    bytes += std::ssize(item->Dump()) + 1;
    if (bytes > bytes_max && !items.empty()) {
      held_ = *std::move(item);
      break;
    }
    items.push_back(*std::move(item));
  }
  if (items.empty()) return std::optional<Child>();
  const int64_t count = std::ssize(items);
  return std::optional<Child>(
      Child{.input = frame.With("Items", Json(std::move(items))), .items = count});
}

}  // namespace segue::scheduler
