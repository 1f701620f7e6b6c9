#include <algorithm>
#include <cmath>
#include <utility>

#include "absl/strings/str_cat.h"
#include "tests/simulation/interpreter.h"

// Map.

namespace segue::simulation {

// Reads a count out of `fields`, as it is or by its path; false where it is none.
bool Interpreter::Count(const Entry& entry, const Field& field, std::optional<int64_t>& count) {
  const Json* value = field.of.Find(field.name);
  const Json* path = field.of.Find(field.name + "Path");
  if (value == nullptr && path == nullptr) return true;
  const Json payload =
      value != nullptr ? Json::Of({{"count", *value}}) : Json::Of({{"count.$", *path}});
  const Prediction found = Evaluated(payload, entry.query, entry.Sees(entry.view.input));
  const Json* number = found.output.Find("count");
  if (number == nullptr || !number->is_int() || number->int_value() < 0) return false;
  count = number->int_value();
  return true;
}

namespace {

// The name of the error where a field does not hold what it must.
std::string Wrong(Query query) {
  return query == Query::kJsonata ? "States.QueryEvaluationError" : "States.Runtime";
}

Prediction ArgumentsOf(const Json& call, Query query, const Sight& sight) {
  return Evaluated(*call.Find(query == Query::kJsonata ? "Arguments" : "Parameters"), query, sight);
}

}  // namespace

// The items of the state's input.
std::optional<std::string> Interpreter::TakeItems(const Entry& entry, Plan& plan) {
  const bool jsonata = entry.query == Query::kJsonata;
  const Json* from = entry.state.Find(jsonata ? "Items" : "ItemsPath");
  const Sight sight = entry.Sees(entry.view.input);
  const Prediction items = jsonata ? Evaluated(*from, entry.query, sight)
                                   : Evaluated(Json::Of({{"items.$", *from}}), entry.query, sight);
  if (!items.error.empty()) return items.error;
  const Json found = jsonata ? items.output : *items.output.Find("items");
  if (!found.is_array()) return Wrong(entry.query);
  plan.items = found.array();
  plan.source = "STATE_DATA";
  return std::nullopt;
}

// The items of an object, or a listing.
std::optional<std::string> Interpreter::ReadItems(const Entry& entry, const Json& reader,
                                                  Plan& plan) {
  const Prediction arguments = ArgumentsOf(reader, entry.query, entry.Sees(entry.view.input));
  if (!arguments.error.empty()) return arguments.error;
  std::optional<int64_t> most;
  if (const Json* config = reader.Find("ReaderConfig")) {
    if (!Count(entry, {*config, "MaxItems"}, most)) return Wrong(entry.query);
  }
  plan.source = absl::StrCat("s3://", *arguments.output.FindString("Bucket"));
  const std::string* key = arguments.output.FindString("Key");
  if (key != nullptr) absl::StrAppend(&plan.source, "/", *key);
  const auto found =
      world_.objects.find(key != nullptr ? *key : *arguments.output.FindString("Prefix"));
  if (found != world_.objects.end()) plan.items = found->second.array();
  plan.unreadable = found == world_.objects.end() && key != nullptr;
  const size_t limit = static_cast<size_t>(most.value_or(0));
  if (limit > 0 && plan.items.size() > limit) plan.items.resize(limit);
  return std::nullopt;
}

// The error's name where the Map's own fields are wrong.
std::optional<std::string> Interpreter::PlanMap(const Entry& entry, Plan& plan) {
  const Json* reader = entry.state.Find("ItemReader");
  const auto error = reader == nullptr ? TakeItems(entry, plan) : ReadItems(entry, *reader, plan);
  if (error) return error;
  if (const Json* writer = entry.state.Find("ResultWriter")) {
    const Prediction arguments = ArgumentsOf(*writer, entry.query, entry.Sees(entry.view.input));
    if (!arguments.error.empty()) return arguments.error;
    plan.bucket = *arguments.output.FindString("Bucket");
  }
  const std::string wrong = Wrong(entry.query);
  std::optional<int64_t> concurrency;
  std::optional<int64_t> tolerated;
  if (!Count(entry, {entry.state, "MaxConcurrency"}, concurrency)) return wrong;
  if (!Count(entry, {entry.state, "ToleratedFailureCount"}, tolerated)) return wrong;
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
  if (plan.unreadable) return "States.ItemReaderFailed";
  return std::nullopt;
}

Interpreter::Iterations Interpreter::Iterate(const Entry& entry, const Plan& plan) {
  Iterations iterations;
  Json::Array inputs;
  int64_t index = 0;
  for (const Json& value : plan.items) {
    Sight sight = entry.Sees(entry.view.input);
    sight.item = Json::Of({{"Index", index++}, {"Value", value}});
    if (plan.distributed) sight.item = sight.item->With("Source", plan.source);
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

}  // namespace segue::simulation
