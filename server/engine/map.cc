#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "server/engine/map_input.h"
#include "server/engine/states.h"

namespace segue::engine {
namespace {

using language::MapState;

const MapState& MapOf(const language::State& state) { return std::get<MapState>(state.detail); }

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
  if (IsDistributed(state)) return BeginMapRun(step, branch);
  const MapState& map = MapOf(state);
  Evaluator evaluator(step.PlaceOf(branch), Draw::kInput);
  if (map.item_reader || map.item_batcher || map.result_writer) {
    return evaluator.Error("States.Runtime",
                           "ItemReader, ItemBatcher and ResultWriter need Mode DISTRIBUTED.");
  }
  SEGUE_TRY(input, EffectiveInput(evaluator));
  SEGUE_TRY(items, MapItems(evaluator, input));
  const auto length = static_cast<int64_t>(items.array().size());
  SEGUE_TRY(max_concurrency, MaxConcurrency(evaluator, input));
  branch.max_concurrency = max_concurrency;
  branch.items = std::move(items);
  ++branch.attempt;
  const int64_t at_once =
      branch.max_concurrency == 0 ? length : std::min(length, branch.max_concurrency);
  std::vector<Iteration> iterations;
  for (int64_t index = 0; index < at_once; ++index) {
    SEGUE_TRY(iteration, IterationOf(step.PlaceOf(branch), branch.items, input, index));
    iterations.push_back(std::move(iteration));
  }
  HistoryEvent& started = step.Record(branch, HistoryEventType::kMapStateStarted);
  started.name = state.name;
  started.length = length;
  // AWS looks at these only now [recorded].
  SEGUE_TRY(tolerance, ToleranceOf(evaluator, input));
  branch.tolerated_failures = ToleratedFailures(tolerance, length);
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
  if (map.children_stopped > 0) {
    step.ContinueChild(map);
    return std::nullopt;
  }
  if (map.children_started == ChildrenOf(step.StateOf(map), map)) return std::nullopt;
  Evaluator evaluator(step.PlaceOf(map), Draw::kInput);
  const Outcome<Json> input = EffectiveInput(evaluator);
  if (!input.ok()) return input.error();
  Outcome<Iteration> iteration =
      IterationOf(step.PlaceOf(map), map.items, *input, map.children_started);
  if (!iteration.ok()) return iteration.error();
  StartIteration(step, map, *std::move(iteration), previous);
  return std::nullopt;
}

}  // namespace segue::engine
