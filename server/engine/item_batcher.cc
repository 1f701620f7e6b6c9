#include "server/engine/item_batcher.h"

#include <algorithm>
#include <limits>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"

namespace segue::engine {
namespace {

// AWS: what a child execution may get as its input.
constexpr int64_t kInputBytesMax = 256 * 1024;

Outcome<std::optional<int64_t>> LimitOf(Evaluator& evaluator, const NumberField& field,
                                        const Json& input) {
  if (field.expression == nullptr) return std::optional<int64_t>();
  SEGUE_TRY(limit, IntegerOf(evaluator, field, input));
  if (limit > 0) return std::optional<int64_t>(limit);
  return evaluator.Error("States.Runtime",
                         absl::StrCat(std::string(field.name), " must be greater than 0."));
}

Json FrameOf(const BatchPlan& plan) {
  Json frame = Json::Object();
  return plan.batch_input.is_null() ? frame : frame.With("BatchInput", plan.batch_input);
}

int64_t BytesOf(const Json& json) { return static_cast<int64_t>(json.Dump().size()); }

}  // namespace

Outcome<BatchPlan> PlanBatches(Evaluator& evaluator, const Json& input) {
  const auto& map = std::get<language::MapState>(evaluator.state().detail);
  const language::ItemBatcher& batcher = *map.item_batcher;
  BatchPlan plan;
  SEGUE_TRY(items, LimitOf(evaluator, {batcher.items_max, "MaxItemsPerBatch"}, input));
  SEGUE_TRY(bytes, LimitOf(evaluator, {batcher.input_bytes_max, "MaxInputBytesPerBatch"}, input));
  plan.items_max = items;
  plan.input_bytes_max = bytes;
  if (batcher.batch_input != nullptr) {
    SEGUE_TRY(shared, evaluator.Evaluate(*batcher.batch_input, input));
    plan.batch_input = std::move(shared);
  }
  return plan;
}

ItemBatcher::ItemBatcher(const BatchPlan& plan)
    : frame_(FrameOf(plan)),
      items_max_(plan.items_max.value_or(std::numeric_limits<int64_t>::max())),
      bytes_max_(std::min(plan.input_bytes_max.value_or(kInputBytesMax), kInputBytesMax)),
      bytes_empty_(BytesOf(frame_.With("Items", Json(Json::Array())))),
      bytes_(bytes_empty_) {}

std::optional<Batch> ItemBatcher::Add(Json item) {
  const int64_t more = BytesOf(item) + 1;
  const bool full = static_cast<int64_t>(items_.size()) >= items_max_ || bytes_ + more > bytes_max_;
  std::optional<Batch> closed;
  if (full && !items_.empty()) closed = Close();
  items_.push_back(std::move(item));
  bytes_ += more;
  return closed;
}

std::optional<Batch> ItemBatcher::Finish() {
  if (items_.empty()) return std::nullopt;
  return Close();
}

Batch ItemBatcher::Close() {
  Batch batch{.input = {}, .items = static_cast<int64_t>(items_.size())};
  batch.input = frame_.With("Items", Json(std::exchange(items_, {})));
  bytes_ = bytes_empty_;
  return batch;
}

Json BatchItems(const BatchPlan& plan, const Json& items) {
  ItemBatcher batcher(plan);
  Json::Array batches;
  for (const Json& item : items.array()) {
    if (std::optional<Batch> batch = batcher.Add(item)) batches.push_back(std::move(batch->input));
  }
  if (std::optional<Batch> batch = batcher.Finish()) batches.push_back(std::move(batch->input));
  return Json(std::move(batches));
}

}  // namespace segue::engine
