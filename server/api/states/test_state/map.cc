#include <cstdint>
#include <optional>
#include <utility>

#include "server/api/states/test_state/state_test.h"
#include "server/engine/item_batcher.h"
#include "server/engine/map_input.h"
#include "server/engine/map_items.h"

namespace segue::api::states {

using language::MapState;

namespace {

const MapState& MapOf(const language::State& state) { return std::get<MapState>(state.detail); }

WorkflowError ThresholdExceeded() {
  return {"States.ExceedToleratedFailureThreshold",
          "The specified tolerated failure threshold was exceeded"};
}

// As many of `items` as the reader's MaxItems says.
Outcome<Json> MaxItemsOf(engine::Evaluator& evaluator, const language::ItemReader& reader,
                         const Json& input, Json items) {
  if (reader.max_items == nullptr) return items;
  SEGUE_TRY(most, engine::IntegerOf(evaluator, {reader.max_items, "MaxItems"}, input));
  return most > 0 ? engine::FirstItems(std::move(items), most) : items;
}

}  // namespace

Outcome<Json> StateTest::ItemsOf(engine::Evaluator& evaluator, const Json& input) {
  if (const auto& reader = MapOf(tested_.state()).item_reader) {
    SEGUE_TRY(read,
              engine::ReadItems(*request_.configuration.map_item_reader_data, reader->config));
    if (reader->config.Find("ItemsPointer") != nullptr) {
      inspection_.SetText("afterItemsPointer", read);
    }
    return MaxItemsOf(evaluator, *reader, input, std::move(read));
  }
  SEGUE_TRY(items, engine::MapItems(evaluator, input));
  if (evaluator.state().query_language == language::QueryLanguage::kJsonPath) {
    inspection_.SetText("afterItemsPath", items);
  }
  return items;
}

Outcome<Json> StateTest::IterationInputs(engine::Evaluator& evaluator, const Json& items,
                                         const Json& input) {
  Json::Array inputs;
  for (int64_t index = 0; index < engine::ItemCount(items); ++index) {
    SEGUE_TRY(iteration, engine::IterationOf(single_.place(), items, input, index));
    inputs.push_back(std::move(iteration.input));
  }
  Json all(std::move(inputs));
  if (MapOf(tested_.state()).item_selector != nullptr) {
    inspection_.SetText("afterItemSelector", all);
  }
  if (!MapOf(tested_.state()).item_batcher) return all;
  SEGUE_TRY(plan, engine::PlanBatches(evaluator, input));
  Json batches = engine::BatchItems(plan, all);
  inspection_.SetText("afterItemBatcher", batches);
  return batches;
}

std::optional<ApiError> StateTest::MapMockFault(int64_t iterations) const {
  const int64_t failures = request_.configuration.map_iteration_failure_count.value_or(0);
  if (failures > iterations) {
    return ValidationException(
        "Map iteration failure count must be less than or equal to the number of Map iterations");
  }
  if (!mock_->ok() || !(*mock_)->is_array()) return std::nullopt;
  const auto results = static_cast<int64_t>((*mock_)->array().size());
  if (results != iterations && results != iterations - failures) {
    return ValidationException("Input array does not equal the mocked result array's size.");
  }
  return std::nullopt;
}

// With an error of its own the mock says what the Map fails with, unless the state has a threshold
// and more have failed than that [recorded].
bool StateTest::IsExceeded(const engine::Tolerance& tolerance, int64_t iterations) const {
  const int64_t failures = request_.configuration.map_iteration_failure_count.value_or(0);
  const bool has_threshold = tolerance.count || tolerance.percentage;
  if (!mock_->ok() && !has_threshold) return false;
  return failures > engine::ToleratedFailures(tolerance, iterations);
}

StateTest::Ending StateTest::RunMap() {
  const bool has_reader = MapOf(tested_.state()).item_reader.has_value();
  if (has_reader && !request_.configuration.map_item_reader_data) {
    return ValidationException(
        "ItemReader data must be specified when testing a Map state with ItemReader specified.");
  }
  engine::Evaluator evaluator(single_.place(), engine::Draw::kInput);
  const Outcome<Json> input = engine::EffectiveInput(evaluator);
  if (!input.ok()) return Outcome<Left>(input.error());
  const Outcome<Json> items = ItemsOf(evaluator, *input);
  if (!items.ok()) return Outcome<Left>(items.error());
  const Outcome<Json> inputs = IterationInputs(evaluator, *items, *input);
  if (!inputs.ok()) return Outcome<Left>(inputs.error());
  const Outcome<int64_t> max_concurrency = engine::MaxConcurrency(evaluator, *input);
  if (!max_concurrency.ok()) return Outcome<Left>(max_concurrency.error());
  inspection_.Set("maxConcurrency", *max_concurrency);
  const Outcome<engine::Tolerance> tolerance = engine::ToleranceOf(evaluator, *input);
  if (!tolerance.ok()) return Outcome<Left>(tolerance.error());
  if (tolerance->count) inspection_.Set("toleratedFailureCount", *tolerance->count);
  if (tolerance->percentage) {
    inspection_.Set("toleratedFailurePercentage", *tolerance->percentage);
  }
  const auto iterations = static_cast<int64_t>(inputs->array().size());
  if (auto fault = MapMockFault(iterations)) return *std::move(fault);
  if (IsExceeded(*tolerance, iterations)) return Outcome<Left>(ThresholdExceeded());
  return Outcome<Left>(LeaveWithMock());
}

}  // namespace segue::api::states
