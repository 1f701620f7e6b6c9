#include <algorithm>
#include <cmath>
#include <utility>

#include "absl/strings/str_cat.h"
#include "tests/simulation/interpreter.h"

// Task, Parallel and Map.

namespace segue::simulation {

// What one attempt may give.
Interpreter::Set Interpreter::Work(const Entry& entry, int attempt) {
  const std::string& type = *entry.state.FindString("Type");
  if (type == "Parallel") return Branches(entry);
  if (type == "Map") return Mapped(entry);
  if (type == "Task") return Called(entry, attempt);
  return GiveUp();
}

Interpreter::Set Interpreter::Called(const Entry& entry, int attempt) {
  const std::string& resource = *entry.state.FindString("Resource");
  Prediction arguments = WorkInput(entry);
  if (!arguments.error.empty()) return {std::move(arguments)};
  if (resource.starts_with("arn:")) return Started(arguments.output, resource);
  const size_t colon = resource.find(':');
  const bool worker = resource.starts_with("worker:");
  ModelCall call{.state = entry.name,
                 .service = resource.substr(colon + 1, resource.find('/') - colon - 1),
                 .arguments = arguments.output,
                 .attempt = attempt,
                 .heartbeat = entry.state.Find("HeartbeatSeconds") != nullptr,
                 .by_token = worker || resource.ends_with(".waitForTaskToken")};
  return world_.service(call);
}

// A task that starts an execution, and may wait for it.
Interpreter::Set Interpreter::Started(const Json& arguments, const std::string& resource) {
  const std::string& arn = *arguments.FindString("StateMachineArn");
  const auto workflow = world_.workflows.find(arn.substr(arn.rfind(':') + 1));
  if (workflow == world_.workflows.end()) return GiveUp();
  if (resource.find(".sync") == resource.npos) return {{.output = Json(Json::Object())}};
  const bool as_json = resource.ends_with(":2");
  Set outcomes;
  for (const Prediction& child : Machine(workflow->second.definition, *arguments.Find("Input"))) {
    if (child.error.empty()) {
      Json output = as_json ? child.output : Json(child.output.Dump());
      AddTo(outcomes, {.output = Json::Of({{"Output", std::move(output)}})});
    } else {
      AddTo(outcomes, {.error = "States.TaskFailed"});
    }
  }
  // It may be lost in a crash, or take too long.
  if (workflow->second.express) AddTo(outcomes, {.error = "States.TaskFailed"});
  return outcomes;
}

Interpreter::Set Interpreter::Branches(const Entry& entry) {
  Prediction input = WorkInput(entry);
  if (!input.error.empty()) return {std::move(input)};
  View view = entry.view;
  view.input = std::move(input.output);
  Iterations branches;
  for (const Json& branch : entry.state.Find("Branches")->array()) {
    branches.outcomes.push_back(Block(branch, view));
    branches.weights.push_back(1);
  }
  return Join(Plan(), branches);
}

// Reads a field that is a count, or its path, into `count`; false where it is none.
bool Interpreter::Count(const Entry& entry, const std::string& field,
                        std::optional<int64_t>& count) {
  const Json* value = entry.state.Find(field);
  const Json* path = entry.state.Find(field + "Path");
  if (value == nullptr && path == nullptr) return true;
  const Json payload =
      value != nullptr ? Json::Of({{"count", *value}}) : Json::Of({{"count.$", *path}});
  const Prediction found = Evaluated(payload, entry.query, entry.Sees(entry.view.input));
  const Json* number = found.output.Find("count");
  if (number == nullptr || !number->is_int() || number->int_value() < 0) return false;
  count = number->int_value();
  return true;
}

// The error's name where the Map's own fields are wrong.
std::optional<std::string> Interpreter::PlanMap(const Entry& entry, Plan& plan) {
  const bool jsonata = entry.query == Query::kJsonata;
  const std::string wrong = jsonata ? "States.QueryEvaluationError" : "States.Runtime";
  const Json* from = entry.state.Find(jsonata ? "Items" : "ItemsPath");
  const Sight sight = entry.Sees(entry.view.input);
  Prediction items = jsonata ? Evaluated(*from, entry.query, sight)
                             : Evaluated(Json::Of({{"items.$", *from}}), entry.query, sight);
  if (!items.error.empty()) return items.error;
  const Json found = jsonata ? items.output : *items.output.Find("items");
  if (!found.is_array()) return wrong;
  plan.items = found.array();
  std::optional<int64_t> concurrency;
  std::optional<int64_t> tolerated;
  if (!Count(entry, "MaxConcurrency", concurrency)) return wrong;
  if (!Count(entry, "ToleratedFailureCount", tolerated)) return wrong;
  if (const Json* percentage = entry.state.Find("ToleratedFailurePercentage")) {
    const double length = static_cast<double>(plan.items.size());
    tolerated = static_cast<int64_t>(std::floor(percentage->number() * length / 100));
  }
  plan.has_threshold = tolerated.has_value();
  plan.tolerated = tolerated.value_or(0);
  if (const Json* config = entry.state.Find("ItemProcessor")->Find("ProcessorConfig")) {
    plan.distributed = *config->FindString("Mode") == "DISTRIBUTED";
    plan.express = *config->FindString("ExecutionType") == "EXPRESS";
  }
  return std::nullopt;
}

Interpreter::Iterations Interpreter::Iterate(const Entry& entry, const Plan& plan) {
  Iterations iterations;
  Json::Array inputs;
  int64_t index = 0;
  for (const Json& value : plan.items) {
    Sight sight = entry.Sees(entry.view.input);
    sight.item = Json::Of({{"Index", index++}, {"Value", value}});
    Prediction input{.output = value};
    if (const Json* selector = entry.state.Find("ItemSelector")) {
      input = Evaluated(*selector, entry.query, sight);
    }
    if (!input.error.empty()) {
      AddTo(iterations.errors, {.error = input.error});
      continue;
    }
    View view = entry.view;
    view.item = *sight.item;
    view.input = input.output;
    inputs.push_back(input.output);
    if (plan.distributed) continue;
    iterations.outcomes.push_back(Block(*entry.state.Find("ItemProcessor"), view));
    iterations.weights.push_back(1);
  }
  if (!plan.distributed) return iterations;
  // Children of a Map Run are executions of their own: they see their input alone.
  const Json* batcher = entry.state.Find("ItemBatcher");
  const size_t most =
      batcher == nullptr ? 1 : static_cast<size_t>(batcher->Find("MaxItemsPerBatch")->int_value());
  Prediction shared;
  if (batcher != nullptr) {
    shared = Evaluated(*batcher->Find("BatchInput"), entry.query, entry.Sees(entry.view.input));
    if (!shared.error.empty()) AddTo(iterations.errors, {.error = shared.error});
  }
  for (size_t from = 0; from < inputs.size(); from += most) {
    const Json::Array batch(
        inputs.begin() + static_cast<ptrdiff_t>(from),
        inputs.begin() + static_cast<ptrdiff_t>(std::min(from + most, inputs.size())));
    View view{.input = batch[0], .item = {}, .variables = {}, .machine = entry.view.machine};
    if (batcher != nullptr) {
      view.input = Json::Of({{"BatchInput", shared.output}, {"Items", Json(batch)}});
    }
    Set outcomes = Block(*entry.state.Find("ItemProcessor"), view);
    if (plan.express) AddTo(outcomes, {.error = "States.Timeout"});
    iterations.outcomes.push_back(std::move(outcomes));
    iterations.weights.push_back(static_cast<int64_t>(batch.size()));
  }
  return iterations;
}

Interpreter::Set Interpreter::Mapped(const Entry& entry) {
  Plan plan;
  if (const std::optional<std::string> error = PlanMap(entry, plan)) return {{.error = *error}};
  return Join(plan, Iterate(entry, plan));
}

// All of their results, in order; or the error of any.
Interpreter::Set Interpreter::Join(const Plan& plan, const Iterations& iterations) {
  struct Joined {
    Json::Array results;
    int64_t failed = 0;
    bool operator==(const Joined&) const = default;
  };
  const bool keeps_going = plan.distributed || plan.has_threshold;
  std::vector<Joined> joined = {{}};
  Set outcomes = iterations.errors;
  for (size_t i = 0; i < iterations.outcomes.size(); ++i) {
    std::vector<Joined> longer;
    for (const Prediction& outcome : iterations.outcomes[i]) {
      const bool failed = !outcome.error.empty();
      if (failed && !keeps_going) AddTo(outcomes, {.error = outcome.error});
      if (failed && !keeps_going) continue;
      for (Joined next : joined) {
        if (failed) next.failed += iterations.weights[i];
        if (!failed) next.results.push_back(outcome.output);
        if (failed && !plan.distributed) {
          next.results.push_back(Json::Of({{"Error", outcome.error}, {"Cause", nullptr}}));
        }
        if (std::ranges::find(longer, next) == longer.end()) longer.push_back(std::move(next));
      }
    }
    joined = std::move(longer);
    if (joined.size() > kPredictionsMax) return GiveUp();
  }
  const bool selected = iterations.errors.empty();
  for (const Joined& each : joined) {
    if (each.failed > plan.tolerated) {
      AddTo(outcomes, {.error = "States.ExceedToleratedFailureThreshold"});
    } else if (selected) {
      AddTo(outcomes, {.output = Json(each.results)});
    }
  }
  return outcomes;
}

}  // namespace segue::simulation
