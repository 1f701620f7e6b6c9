#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "tests/simulation/interpreter.h"

// Task and Parallel, and what is joined.

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
  if (resource.find(":sendTask") != resource.npos) return Sent(arguments.output, resource);
  if (resource.starts_with("arn:aws:states:::")) return Started(arguments.output, resource);
  const std::string named = resource.substr(0, resource.find('/'));
  const bool worker = resource.starts_with("worker:") || resource.starts_with("arn:");
  ModelCall call{.state = entry.name,
                 .service = named.substr(named.rfind(':') + 1),
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
  const bool by_token = resource.ends_with(".waitForTaskToken");
  const Set outer = by_token ? std::exchange(sent_, {}) : sent_;
  const Set ended = Machine(workflow->second.definition, *arguments.Find("Input"));
  Set outcomes;
  // A name may be another's already.
  if (arguments.Find("Name") != nullptr) {
    AddTo(outcomes, {.error = "StepFunctions.ExecutionAlreadyExistsException"});
  }
  if (by_token) {
    for (Prediction& sent : std::exchange(sent_, outer)) AddTo(outcomes, std::move(sent));
    AddTo(outcomes, {.error = "States.Timeout"});
    return outcomes;
  }
  if (resource.find(".sync") == resource.npos) {
    AddTo(outcomes, {.output = Json(Json::Object())});
    return outcomes;
  }
  const bool as_json = resource.ends_with(":2");
  for (const Prediction& child : ended) {
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

// A task that completes another's, for which nobody may wait any more.
Interpreter::Set Interpreter::Sent(const Json& arguments, const std::string& resource) {
  if (resource.ends_with("Success")) {
    AddTo(sent_, {.output = *Json::Parse(*arguments.FindString("Output"))});
  } else if (resource.ends_with("Failure")) {
    AddTo(sent_, {.error = *arguments.FindString("Error")});
  }
  return {{.output = Json(Json::Object())},
          {.error = "Sfn.InvalidTokenException"},
          {.error = "Sfn.TaskDoesNotExistException"},
          {.error = "Sfn.TaskTimedOutException"},
          {.error = "States.TaskFailed"}};
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

// What a Map says whose results are elsewhere.
Json Interpreter::Written(const std::string& bucket) {
  return Json::Of({{"MapRunArn", nullptr},
                   {"ResultWriterDetails", Json::Of({{"Bucket", bucket}, {"Key", nullptr}})}});
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
      AddTo(outcomes, {.output = plan.bucket.empty() ? Json(each.results) : Written(plan.bucket)});
    }
  }
  return outcomes;
}

}  // namespace segue::simulation
