#include "server/engine/map_run.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "server/engine/states.h"

namespace segue::engine {
namespace {

using language::MapState;

Outcome<Json> ArgumentsOf(Evaluator& evaluator, const language::ExpressionPtr& arguments,
                          const Json& input) {
  if (arguments == nullptr) return Json(Json::Object());
  return evaluator.Evaluate(*arguments, input);
}

}  // namespace

std::string MapRunIdOf(const language::Workflow& workflow, const Execution& execution,
                       const Branch& branch) {
  const language::State& state = workflow.state(branch.state);
  std::string label = std::get<MapState>(state.detail).label;
  // AWS makes one up where there is none; the same for all runs of this state.
  if (label.empty()) label = RandomFor(execution, branch, Draw::kMapRun, 0).Uuid();
  const std::string uuid = RandomFor(execution, branch, Draw::kMapRun, branch.attempt).Uuid();
  return absl::StrCat(label, ":", uuid);
}

Outcome<MapRunPlan> PlanMapRun(const Evaluator::Place& place) {
  Evaluator evaluator(place, Draw::kInput);
  const language::State& state = evaluator.state();
  const MapState& map = std::get<MapState>(state.detail);
  MapRunPlan plan{.id = MapRunIdOf(place.workflow, place.execution, place.branch),
                  .state_name = state.name,
                  .first_state = place.workflow.state(map.processor).name};
  if (place.branch.map_run) plan.redrives = place.branch.map_run->redrives;
  if (plan.redrives > kMapRunRedrivesMax) {
    return evaluator.Error("States.Runtime",
                           absl::StrCat("The Map Run has been redriven ", kMapRunRedrivesMax,
                                        " times, and cannot be redriven again."));
  }
  if (map.execution_type == MapState::ExecutionType::kExpress) {
    plan.child_type = ExecutionType::kExpress;
  }
  SEGUE_TRY(input, EffectiveInput(evaluator));
  plan.input = std::move(input);
  if (map.item_reader) {
    plan.reader = &*map.item_reader;
    SEGUE_TRY(arguments, ArgumentsOf(evaluator, map.item_reader->arguments, plan.input));
    plan.reader_arguments = std::move(arguments);
    if (map.item_reader->max_items != nullptr) {
      SEGUE_TRY(most, IntegerOf(evaluator, {map.item_reader->max_items, "MaxItems"}, plan.input));
      if (most > 0) plan.reader_items_max = most;  // 0: all
    }
  } else {
    SEGUE_TRY(items, MapItems(evaluator, plan.input));
    plan.items = std::move(items);
  }
  if (map.item_batcher) {
    SEGUE_TRY(batch, PlanBatches(evaluator, plan.input));
    plan.batch = std::move(batch);
  }
  if (map.result_writer) {
    plan.writer = &*map.result_writer;
    SEGUE_TRY(arguments, ArgumentsOf(evaluator, map.result_writer->arguments, plan.input));
    plan.writer_arguments = std::move(arguments);
  }
  SEGUE_TRY(max_concurrency, MaxConcurrency(evaluator, plan.input));
  plan.max_concurrency = max_concurrency;
  SEGUE_TRY(tolerance, ToleranceOf(evaluator, plan.input));
  plan.tolerance = tolerance;
  return plan;
}

Verdict BeginMapRun(Step& step, Branch& branch) {
  Evaluator evaluator(step.PlaceOf(branch), Draw::kInput);
  const language::State& state = step.StateOf(branch);
  const MapState& map = std::get<MapState>(state.detail);
  SEGUE_TRY(input, EffectiveInput(evaluator));
  int64_t length = 0;  // AWS: of a reader's items, nothing is known yet
  if (!map.item_reader) {
    SEGUE_TRY(items, MapItems(evaluator, input));
    length = ItemCount(items);
  }
  SEGUE_TRY(max_concurrency, MaxConcurrency(evaluator, input));
  branch.max_concurrency = max_concurrency;
  ++branch.attempt;
  branch.map_run.reset();
  HistoryEvent& started = step.Record(branch, HistoryEventType::kMapStateStarted);
  started.name = state.name;
  started.length = length;
  // AWS looks at the rest only now [recorded].
  SEGUE_TRY(plan, PlanMapRun(step.PlaceOf(branch)));
  HistoryEvent& run = step.Record(branch, HistoryEventType::kMapRunStarted);
  run.name = state.name;
  run.map_run = plan.id;
  branch.map_run = MapRunOfBranch{.state_started_event = run.previous_id};
  step.StartRun(branch);
  return Waiting();
}

Verdict EndMapRun(Step& step, Branch& branch, const AttemptFinished& finished) {
  if (!finished.result.ok()) return Failed(finished.result.error());
  step.RecordJoined(branch);
  return Done(step.StateOf(branch), *finished.result);
}

}  // namespace segue::engine
