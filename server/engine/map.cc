#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "server/engine/states.h"

namespace segue::engine {
namespace {

using language::MapState;

const MapState& MapOf(const language::State& state) { return std::get<MapState>(state.detail); }

Outcome<Json> ItemsOf(Evaluator& evaluator, const MapState& map, const Json& input) {
  Json items = input;
  if (map.items != nullptr) {
    SEGUE_TRY(found, evaluator.Evaluate(*map.items, input));
    items = std::move(found);
  }
  if (items.is_array()) return items;
  const std::string_view path = map.items != nullptr ? map.items->text() : "$";
  return evaluator.Error("States.Runtime", absl::StrCat("Reference path \"", std::string(path),
                                                        "\" must point to array."));
}

Outcome<int64_t> CountOf(Evaluator& evaluator, const NumberField& field, const Json& input) {
  SEGUE_TRY(count, IntegerOf(evaluator, field, input));
  if (count >= 0) return count;
  return evaluator.Error("States.Runtime",
                         absl::StrCat(std::string(field.name), " cannot be negative."));
}

// How many of `length` items may fail: as many as both the count and the percentage allow (States
// Language, "Map State", "Failure Handling").
Outcome<int64_t> ToleratedOf(Evaluator& evaluator, const MapState& map, const Json& input,
                             int64_t length) {
  if (map.tolerated_failure_count == nullptr && map.tolerated_failure_percentage == nullptr) {
    return int64_t{0};
  }
  int64_t tolerated = length;
  if (map.tolerated_failure_count != nullptr) {
    SEGUE_TRY(count,
              CountOf(evaluator, {map.tolerated_failure_count, "ToleratedFailureCount"}, input));
    tolerated = std::min(tolerated, count);
  }
  if (map.tolerated_failure_percentage != nullptr) {
    SEGUE_TRY(percentage,
              FloatOf(evaluator, {map.tolerated_failure_percentage, "ToleratedFailurePercentage"},
                      input));
    if (!(percentage >= 0 && percentage <= 100)) {
      return evaluator.Error("States.Runtime",
                             "ToleratedFailurePercentage must be between 0 and 100.");
    }
    const double share = percentage / 100 * static_cast<double>(length);
    tolerated = std::min(tolerated, static_cast<int64_t>(std::floor(share)));
  }
  return tolerated;
}

// An item and what its iteration gets of it.
struct Iteration {
  MapItem item;
  Json input;
};

Outcome<Iteration> IterationOf(Step& step, const Branch& branch, const Json& map_input,
                               int64_t index) {
  const language::State& state = step.StateOf(branch);
  Iteration iteration{{index, branch.items.array()[static_cast<size_t>(index)]}, {}};
  iteration.input = iteration.item.value;
  const language::ExpressionPtr& selector = MapOf(state).item_selector;
  if (selector == nullptr) return iteration;
  Evaluator::Place place = step.PlaceOf(branch);
  place.item = &iteration.item;
  Evaluator evaluator(place, Draw::kItem, index);
  SEGUE_TRY(selected, evaluator.Evaluate(*selector, map_input));
  iteration.input = std::move(selected);
  return iteration;
}

void StartIteration(Step& step, Branch& branch, Iteration iteration, int64_t previous) {
  const language::State& state = step.StateOf(branch);
  const int64_t index = iteration.item.index;
  Branch& child = step.AddChild(branch, {.first = MapOf(state).processor,
                                         .input = std::move(iteration.input),
                                         .item = std::move(iteration.item),
                                         .previous = previous});
  HistoryEvent& event = step.Record(child, HistoryEventType::kMapIterationStarted);
  event.name = state.name;
  event.index = index;
}

}  // namespace

bool IsDistributed(const language::State& state) {
  return state.type == language::StateType::kMap &&
         MapOf(state).mode == MapState::Mode::kDistributed;
}

bool IsTolerated(const Branch& map) { return map.children_failed <= map.tolerated_failures; }

WorkflowError MapError(const language::State& state, const WorkflowError& item_error) {
  const MapState& map = MapOf(state);
  const bool has_threshold = IsDistributed(state) || map.tolerated_failure_count != nullptr ||
                             map.tolerated_failure_percentage != nullptr;
  if (!has_threshold) return item_error;
  return {"States.ExceedToleratedFailureThreshold",
          "The specified tolerated failure threshold was exceeded"};
}

// States Language, "Map State". All items that MaxConcurrency allows are started at once, the
// others as those come to their end.
Verdict BeginMap(Step& step, Branch& branch) {
  const language::State& state = step.StateOf(branch);
  const MapState& map = MapOf(state);
  Evaluator evaluator(step.PlaceOf(branch), Draw::kInput);
  if (map.item_reader || map.item_batcher || map.result_writer) {
    return evaluator.Error("States.Runtime",
                           "ItemReader, ItemBatcher and ResultWriter are not supported yet.");
  }
  SEGUE_TRY(input, EffectiveInput(evaluator));
  SEGUE_TRY(items, ItemsOf(evaluator, map, input));
  const auto length = static_cast<int64_t>(items.array().size());
  branch.max_concurrency = 0;
  if (map.max_concurrency != nullptr) {
    SEGUE_TRY(limit, CountOf(evaluator, {map.max_concurrency, "MaxConcurrency"}, input));
    branch.max_concurrency = limit;
  }
  branch.items = std::move(items);
  ++branch.attempt;
  const int64_t at_once =
      branch.max_concurrency == 0 ? length : std::min(length, branch.max_concurrency);
  std::vector<Iteration> iterations;
  for (int64_t index = 0; index < at_once; ++index) {
    SEGUE_TRY(iteration, IterationOf(step, branch, input, index));
    iterations.push_back(std::move(iteration));
  }
  HistoryEvent& started = step.Record(branch, HistoryEventType::kMapStateStarted);
  started.name = state.name;
  started.length = length;
  // AWS looks at these only now [recorded].
  SEGUE_TRY(tolerated, ToleratedOf(evaluator, map, input, length));
  branch.tolerated_failures = tolerated;
  if (IsDistributed(state)) step.Record(branch, HistoryEventType::kMapRunStarted).name = state.name;
  if (length == 0) {
    step.RecordJoined(branch);
    return Done(state, Json(Json::Array()));
  }
  step.ReserveChildren(branch, length);
  for (Iteration& iteration : iterations) {
    StartIteration(step, branch, std::move(iteration), branch.last_event);
  }
  step.Block(branch, BranchPhase::kJoining);
  return Waiting();
}

std::optional<WorkflowError> StartNextItem(Step& step, Branch& map, int64_t previous) {
  if (map.children_started == ChildrenOf(step.StateOf(map), map)) return std::nullopt;
  Evaluator evaluator(step.PlaceOf(map), Draw::kInput);
  const Outcome<Json> input = EffectiveInput(evaluator);
  if (!input.ok()) return input.error();
  Outcome<Iteration> iteration = IterationOf(step, map, *input, map.children_started);
  if (!iteration.ok()) return iteration.error();
  StartIteration(step, map, *std::move(iteration), previous);
  return std::nullopt;
}

}  // namespace segue::engine
