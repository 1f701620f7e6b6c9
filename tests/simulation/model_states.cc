#include <utility>

#include "tests/simulation/interpreter.h"

// What all states have (how data goes through them), and those that do no work.

namespace segue::simulation {

// The state's output, as `fields` (its own, or a Choice rule's) say.
Prediction Interpreter::Output(const Entry& entry, const Json& fields, const Json& result) {
  Sight sight = entry.Sees(entry.view.input);
  if (entry.query == Query::kJsonata) {
    const Json* output = fields.Find("Output");
    if (output == nullptr) return {.output = result};
    sight.result = result;
    return Evaluated(*output, entry.query, sight);
  }
  Prediction selected{.output = result};
  if (const Json* selector = entry.state.Find("ResultSelector")) {
    sight.input = result;
    selected = Evaluated(*selector, entry.query, sight);
  }
  const Json* path = entry.state.Find("ResultPath");
  if (path == nullptr || !selected.error.empty()) return selected;
  if (path->is_null()) return {.output = entry.view.input};
  return {.output = entry.view.input.With(path->string().substr(2), selected.output)};
}

// Puts what `fields` assign into the step's variables; an error's name where that fails.
std::string Interpreter::Assign(const Entry& entry, const Json& fields, Sight sight, Step& step) {
  step.variables = entry.view.variables;
  const Json* assign = fields.Find("Assign");
  if (assign == nullptr) return "";
  const Prediction assigned = Evaluated(*assign, entry.query, sight);
  if (!assigned.error.empty()) return assigned.error;
  for (const auto& [name, value] : assigned.output.object()) step.variables.Set(name, value);
  return "";
}

Interpreter::Step Interpreter::Leave(const Entry& entry, const Json& fields, const Json& result,
                                     const std::string& next) {
  Step step{.outcome = Output(entry, fields, result), .next = next, .variables = {}};
  if (step.outcome.error.empty()) {
    Sight sight = entry.Sees(entry.query == Query::kJsonPath ? result : entry.view.input);
    sight.result = result;
    step.outcome.error = Assign(entry, fields, std::move(sight), step);
  }
  if (!step.outcome.error.empty()) step.next.clear();
  return step;
}

Interpreter::Step Interpreter::LeaveState(const Entry& entry, const Json& result) {
  const std::string* next = entry.state.FindString("Next");
  return Leave(entry, entry.state, result, next == nullptr ? "" : *next);
}

// What a state works on: after InputPath, and Parameters or Arguments.
Prediction Interpreter::WorkInput(const Entry& entry) {
  Sight sight = entry.Sees(entry.view.input);
  if (const Json* path = entry.state.Find("InputPath")) {
    std::optional<Json> found = AtPath(path->string(), sight);
    if (!found) return {.error = "States.Runtime"};
    sight.input = *std::move(found);
  }
  const bool jsonata = entry.query == Query::kJsonata;
  const Json* payload = entry.state.Find(jsonata ? "Arguments" : "Parameters");
  if (payload == nullptr) return {.output = sight.input};
  return Evaluated(*payload, entry.query, sight);
}

Interpreter::Step Interpreter::Passed(const Entry& entry) {
  if (const Json* fixed = entry.state.Find("Result")) return LeaveState(entry, *fixed);
  Prediction input = WorkInput(entry);
  if (!input.error.empty()) return {.outcome = std::move(input)};
  return LeaveState(entry, input.output);
}

Interpreter::Step Interpreter::Waited(const Entry& entry) {
  const bool jsonata = entry.query == Query::kJsonata;
  const Json* seconds = entry.state.Find(jsonata ? "Seconds" : "SecondsPath");
  if (seconds != nullptr && seconds->is_string()) {
    const Sight sight = entry.Sees(entry.view.input);
    Prediction value;
    if (jsonata) {
      value = Evaluated(*seconds, entry.query, sight);
    } else if (std::optional<Json> found = AtPath(seconds->string(), sight)) {
      value.output = *std::move(found);
    }
    const bool good = value.error.empty() && value.output.is_int() && value.output.int_value() >= 0;
    if (!good) {
      return {.outcome = {.error = jsonata ? "States.QueryEvaluationError" : "States.Runtime"}};
    }
  }
  return LeaveState(entry, entry.view.input);
}

Interpreter::Step Interpreter::Failed(const Entry& entry) {
  const Sight sight = entry.Sees(entry.view.input);
  const Json* error = entry.state.Find("Error");
  Json named = Json::Of({{"name", error == nullptr ? Json() : *error}});
  if (const Json* path = entry.state.Find("ErrorPath")) named = Json::Of({{"name.$", *path}});
  const Prediction name = Evaluated(named, entry.query, sight);
  if (!name.error.empty()) return {.outcome = {.error = name.error}};
  return {.outcome = {.error = *name.output.FindString("name")}};
}

Interpreter::Step Interpreter::Chosen(const Entry& entry) {
  for (const Json& rule : entry.state.Find("Choices")->array()) {
    const Prediction truth = Truth(entry, rule);
    if (!truth.error.empty()) return {.outcome = truth};
    if (truth.output.bool_value()) {
      return Leave(entry, rule, entry.view.input, *rule.FindString("Next"));
    }
  }
  const std::string* otherwise = entry.state.FindString("Default");
  if (otherwise == nullptr) return {.outcome = {.error = "States.NoChoiceMatched"}};
  return Leave(entry, entry.state, entry.view.input, *otherwise);
}

// Whether a rule holds, or why that cannot be said.
Prediction Interpreter::Truth(const Entry& entry, const Json& rule) {
  if (entry.query == Query::kJsonPath) return {.output = Json::Bool(Holds(entry, rule))};
  Prediction truth = Evaluated(*rule.Find("Condition"), entry.query, entry.Sees(entry.view.input));
  if (!truth.error.empty() || truth.output.is_bool()) return truth;
  return {.error = "States.QueryEvaluationError"};
}

bool Interpreter::Holds(const Entry& entry, const Json& rule) {
  if (const Json* none = rule.Find("Not")) return !Holds(entry, *none);
  if (const Json* all = rule.Find("And")) {
    for (const Json& each : all->array()) {
      if (!Holds(entry, each)) return false;
    }
    return true;
  }
  if (const Json* any = rule.Find("Or")) {
    for (const Json& each : any->array()) {
      if (Holds(entry, each)) return true;
    }
    return false;
  }
  const std::optional<Json> value =
      AtPath(*rule.FindString("Variable"), entry.Sees(entry.view.input));
  if (const Json* present = rule.Find("IsPresent")) {
    return value.has_value() == present->bool_value();
  }
  const double number = value && value->is_number() ? value->number() : 0;
  if (const Json* bound = rule.Find("NumericLessThan")) return number < bound->number();
  if (const Json* bound = rule.Find("NumericGreaterThan")) return number > bound->number();
  if (const Json* bound = rule.Find("NumericGreaterThanEquals")) return number >= bound->number();
  gave_up_ = true;
  return false;
}

}  // namespace segue::simulation
