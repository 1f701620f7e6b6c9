#include "server/engine/map_input.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"

namespace segue::engine {
namespace {

using language::MapState;

const MapState& MapOf(const Evaluator& evaluator) {
  return std::get<MapState>(evaluator.state().detail);
}

Outcome<int64_t> CountOf(Evaluator& evaluator, const NumberField& field, const Json& input) {
  SEGUE_TRY(count, IntegerOf(evaluator, field, input));
  if (count >= 0) return count;
  return evaluator.FieldError(field.name,
                              absl::StrCat(std::string(field.name), " cannot be negative."));
}

}  // namespace

Outcome<Json> MapItems(Evaluator& evaluator, const Json& input) {
  const MapState& map = MapOf(evaluator);
  Json items = input;
  if (map.items != nullptr) {
    SEGUE_TRY(found, evaluator.Evaluate(*map.items, input));
    items = std::move(found);
  }
  if (items.is_array()) return items;
  if (items.is_object() && map.mode == MapState::Mode::kDistributed && evaluator.is_jsonata()) {
    return items;
  }
  if (evaluator.is_jsonata()) {
    // An expression checks its own type; this is the input itself [recorded], or an object.
    return evaluator.FieldError(
        map.items == nullptr ? "" : "Items",
        absl::StrCat("Map state input must be an array but was: ", items.Dump()));
  }
  const std::string_view path = map.items != nullptr ? map.items->text() : "$";
  return evaluator.Error("States.Runtime", absl::StrCat("Reference path \"", std::string(path),
                                                        "\" must point to array."));
}

int64_t ItemCount(const Json& items) {
  return items.is_object() ? std::ssize(items.object()) : std::ssize(items.array());
}

MapItem ItemAt(const Json& items, int64_t index) {
  if (!items.is_object())
    return {.index = index, .value = items.array()[static_cast<size_t>(index)]};
  const auto& [key, value] = *std::next(items.object().begin(), index);
  return {.index = index, .value = value, .key = std::string(key)};
}

Json InputOf(const MapItem& item) {
  return item.key ? Json::Of({{"Key", *item.key}, {"Value", item.value}}) : item.value;
}

Json FirstItems(Json items, int64_t most) {
  if (ItemCount(items) <= most) return items;
  if (items.is_object()) {
    const auto begin = items.object().begin();
    return Json::Object(std::vector<Json::Member>(begin, std::next(begin, most)));
  }
  return Json(Json::Array(items.array().begin(), items.array().begin() + most));
}

Outcome<int64_t> MaxConcurrency(Evaluator& evaluator, const Json& input) {
  const MapState& map = MapOf(evaluator);
  if (map.max_concurrency == nullptr) return int64_t{0};
  return CountOf(evaluator, {map.max_concurrency, "MaxConcurrency"}, input);
}

Outcome<Tolerance> ToleranceOf(Evaluator& evaluator, const Json& input) {
  const MapState& map = MapOf(evaluator);
  Tolerance tolerance;
  if (map.tolerated_failure_count != nullptr) {
    SEGUE_TRY(count,
              CountOf(evaluator, {map.tolerated_failure_count, "ToleratedFailureCount"}, input));
    tolerance.count = count;
  }
  if (map.tolerated_failure_percentage != nullptr) {
    SEGUE_TRY(percentage,
              FloatOf(evaluator, {map.tolerated_failure_percentage, "ToleratedFailurePercentage"},
                      input));
    if (!(percentage >= 0 && percentage <= 100)) {
      return evaluator.FieldError("ToleratedFailurePercentage",
                                  "ToleratedFailurePercentage must be between 0 and 100.");
    }
    tolerance.percentage = percentage;
  }
  return tolerance;
}

int64_t ToleratedFailures(const Tolerance& tolerance, int64_t length) {
  if (!tolerance.count && !tolerance.percentage) return 0;
  int64_t tolerated = std::min(length, tolerance.count.value_or(length));
  if (tolerance.percentage) {
    // The product first: 29 of 100 are 29 %, where 29 / 100 * 100 is a little less than 29.
    const double share = *tolerance.percentage * static_cast<double>(length) / 100;
    tolerated = std::min(tolerated, static_cast<int64_t>(std::floor(share)));
  }
  return tolerated;
}

Outcome<Iteration> IterationOf(Evaluator::Place place, MapItem item, const Json& input) {
  Iteration iteration{.item = std::move(item), .input = {}};
  iteration.input = InputOf(iteration.item);
  const language::State& state = place.workflow.state(place.branch.state);
  const language::ExpressionPtr& selector = std::get<MapState>(state.detail).item_selector;
  if (selector == nullptr) return iteration;
  place.item = &iteration.item;
  Evaluator evaluator(place, Draw::kItem, iteration.item.index);
  SEGUE_TRY(selected, evaluator.Evaluate(*selector, input));
  iteration.input = std::move(selected);
  return iteration;
}

Outcome<Iteration> IterationOf(Evaluator::Place place, const Json& items, const Json& input,
                               int64_t index) {
  MapItem item = ItemAt(items, index);
  const language::State& state = place.workflow.state(place.branch.state);
  if (std::get<MapState>(state.detail).mode == MapState::Mode::kDistributed) {
    item.source = kItemsOfState;
  }
  return IterationOf(place, std::move(item), input);
}

}  // namespace segue::engine
