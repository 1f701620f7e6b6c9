#include "tests/simulation/model.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "tests/simulation/interpreter.h"

namespace segue::simulation {
namespace {

bool Names(const Json& handler, const std::string& error) {
  // A definition that does not fit its data: nothing retries or catches it.
  if (error == "States.Runtime") return false;
  const bool timeout = error == "States.Timeout" || error == "States.HeartbeatTimeout";
  for (const Json& pattern : handler.Find("ErrorEquals")->array()) {
    const std::string& name = pattern.string();
    if (name == "States.ALL" || name == error) return true;
    if (name == "States.TaskFailed" && !timeout) return true;
    if (name == "States.Timeout" && timeout) return true;
  }
  return false;
}

// The first that names the error; nothing where that one is used up.
std::optional<size_t> FindRetrier(const Json& state, const std::vector<int>& used,
                                  const std::string& error) {
  const Json* retriers = state.Find("Retry");
  if (retriers == nullptr) return std::nullopt;
  for (size_t i = 0; i < retriers->array().size(); ++i) {
    const Json& retrier = retriers->array()[i];
    if (!Names(retrier, error)) continue;
    const Json* max = retrier.Find("MaxAttempts");
    if (used[i] < (max == nullptr ? 3 : max->int_value())) return i;
    return std::nullopt;
  }
  return std::nullopt;
}

Query QueryOf(const Json& at, Query otherwise) {
  const std::string* language = at.FindString("QueryLanguage");
  if (language == nullptr) return otherwise;
  return *language == "JSONata" ? Query::kJsonata : Query::kJsonPath;
}

}  // namespace

Sight Interpreter::Entry::Sees(const Json& input) const {
  return {.input = input,
          .result = std::nullopt,
          .error_output = std::nullopt,
          .item = view.item,
          .variables = view.variables,
          .state = name};
}

Interpreter::Set Interpreter::GiveUp() {
  gave_up_ = true;
  return {};
}

void Interpreter::AddTo(Set& set, Prediction outcome) {
  for (const Prediction& there : set) {
    if (there.error == outcome.error && there.output == outcome.output) return;
  }
  set.push_back(std::move(outcome));
  if (set.size() > kPredictionsMax) gave_up_ = true;
}

Interpreter::Set Interpreter::Machine(const Json& definition, const Json& input) {
  return Block(definition, {.input = input,
                            .item = std::nullopt,
                            .variables = {},
                            .machine = QueryOf(definition, Query::kJsonPath)});
}

// What may come of a block: its states from StartAt to an end.
Interpreter::Set Interpreter::Block(const Json& block, const View& view) {
  Set ended;
  std::set<std::string> seen;
  struct Open {
    std::string name;
    View view;
  };
  std::vector<Open> open = {{*block.FindString("StartAt"), view}};
  while (!open.empty() && !gave_up_) {
    const Open at = std::move(open.back());
    open.pop_back();
    const std::string stood =
        at.name + "\n" + at.view.input.Dump() + "\n" + Json(at.view.variables).Dump();
    if (!seen.insert(stood).second) continue;
    if (seen.size() > kStepsMax) return GiveUp();
    const Json* state = block.Find("States")->Find(at.name);
    const Entry entry{.name = at.name,
                      .state = *state,
                      .view = at.view,
                      .query = QueryOf(*state, at.view.machine)};
    for (Step& step : Enter(entry)) {
      if (step.next.empty()) {
        AddTo(ended, std::move(step.outcome));
        continue;
      }
      View next = at.view;
      next.input = std::move(step.outcome.output);
      next.variables = std::move(step.variables);
      open.push_back({std::move(step.next), std::move(next)});
    }
  }
  return ended;
}

std::vector<Interpreter::Step> Interpreter::Enter(const Entry& entry) {
  const std::string& type = *entry.state.FindString("Type");
  if (type == "Succeed") return {LeaveState(entry, entry.view.input)};
  if (type == "Fail") return {Failed(entry)};
  if (type == "Choice") return {Chosen(entry)};
  if (type == "Wait") return {Waited(entry)};
  if (type == "Pass") return {Passed(entry)};
  std::vector<Step> steps;
  const Json* retriers = entry.state.Find("Retry");
  Tries tries{.entry = entry, .used = {}, .seen = {}};
  tries.used.assign(retriers == nullptr ? 0 : retriers->array().size(), 0);
  Try(tries, 1, &steps);
  return steps;
}

void Interpreter::Try(Tries& tries, int attempt, std::vector<Step>* steps) {
  if (gave_up_ || !tries.seen.insert(tries.used).second) return;
  for (Prediction& outcome : Work(tries.entry, attempt)) {
    if (outcome.error.empty()) {
      Step step = LeaveState(tries.entry, outcome.output);
      if (step.outcome.error.empty()) {
        steps->push_back(std::move(step));
        continue;
      }
      outcome = std::move(step.outcome);
    }
    const auto retrier = FindRetrier(tries.entry.state, tries.used, outcome.error);
    if (!retrier) {
      steps->push_back(Caught(tries.entry, outcome));
      continue;
    }
    ++tries.used[*retrier];
    Try(tries, attempt + 1, steps);
    --tries.used[*retrier];
  }
}

Interpreter::Step Interpreter::Caught(const Entry& entry, const Prediction& outcome) {
  const Json* catchers = entry.state.Find("Catch");
  const Step uncaught{.outcome = {.error = outcome.error}};
  if (catchers == nullptr) return uncaught;
  for (const Json& catcher : catchers->array()) {
    if (!Names(catcher, outcome.error)) continue;
    const Json error = Json::Of({{"Error", outcome.error}, {"Cause", nullptr}});
    Step step{.outcome = {}, .next = *catcher.FindString("Next"), .variables = {}};
    Sight sight = entry.Sees(entry.view.input);
    sight.error_output = error;
    if (const Json* output = catcher.Find("Output")) {
      step.outcome = Evaluated(*output, entry.query, sight);
    } else {
      step.outcome.output = entry.view.input.With("error", error);
    }
    if (entry.query == Query::kJsonPath) sight.input = error;
    if (step.outcome.error.empty()) {
      step.outcome.error = Assign(entry, catcher, std::move(sight), step);
    }
    if (!step.outcome.error.empty()) step.next.clear();
    return step;
  }
  return uncaught;
}

std::optional<std::vector<Prediction>> Predict(const Json& definition, const Json& input,
                                               const ModelWorld& world) {
  Interpreter interpreter(world);
  std::vector<Prediction> predictions = interpreter.Machine(definition, input);
  if (interpreter.gave_up()) return std::nullopt;
  return predictions;
}

Json Comparable(const Json& value) {
  if (value.is_double() && value.number() == std::floor(value.number())) {
    return Json(static_cast<int64_t>(value.number()));
  }
  if (value.is_array()) {
    Json::Array elements;
    for (const Json& element : value.array()) elements.push_back(Comparable(element));
    return Json(std::move(elements));
  }
  if (!value.is_object()) return value;
  constexpr std::string_view kUnknown[] = {"call", "Cause", "parent", "token", "MapRunArn", "Key"};
  std::vector<Json::Member> members;
  for (const auto& [name, member] : value.object()) {
    const bool unknown = std::ranges::find(kUnknown, name) != std::end(kUnknown);
    members.emplace_back(name, unknown ? Json() : Comparable(member));
  }
  std::ranges::sort(members, {}, &Json::Member::first);
  return Json(Json::Object(std::move(members)));
}

}  // namespace segue::simulation
