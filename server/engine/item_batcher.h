#pragma once

#include <cstdint>
#include <optional>

#include "server/base/json.h"
#include "server/base/outcome.h"
#include "server/engine/io.h"

// How a distributed Map groups its items (Developer Guide, "ItemBatcher").

namespace segue::engine {

// What an ItemBatcher says; absent limits are none.
struct BatchPlan {
  std::optional<int64_t> items_max;
  std::optional<int64_t> input_bytes_max;
  Json batch_input;  // null: none
};

// The plan of a Map with an ItemBatcher. `evaluator`: of the Map; `input`: its effective input.
Outcome<BatchPlan> PlanBatches(Evaluator& evaluator, const Json& input);

// What one iteration gets in place of some: {"BatchInput", "Items"}.
struct Batch {
  Json input;
  int64_t items = 0;
};

// Takes the iterations' inputs in order and gives them back in batches. A batch takes items as long
// as both limits allow, and never more than AWS's largest input; one item at least.
class ItemBatcher {
 public:
  explicit ItemBatcher(const BatchPlan& plan);

  // The batch before, where this item does not fit into it any more.
  std::optional<Batch> Add(Json item);
  // The last batch, after the last item; nothing where that is out.
  std::optional<Batch> Finish();

 private:
  Batch Close();

  const Json frame_;  // a batch without its items
  const int64_t items_max_;
  const int64_t bytes_max_;
  const int64_t bytes_empty_;
  Json::Array items_;
  int64_t bytes_;
};

// All batches of these iterations' inputs: an array.
Json BatchItems(const BatchPlan& plan, const Json& items);

}  // namespace segue::engine
