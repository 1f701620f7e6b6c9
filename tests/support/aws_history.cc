#include "tests/support/aws_history.h"

#include <string_view>
#include <utility>
#include <vector>

#include "absl/time/time.h"

namespace segue::testing {
namespace {

using engine::Execution;
using engine::HistoryEvent;
using engine::HistoryEventType;
using Members = std::vector<Json::Member>;

const Json kWhole = Json::Of({{"truncated", Json::Bool(false)}});

void AddText(Members& members, std::string_view name, const std::optional<Json>& value) {
  if (!value) return;
  members.emplace_back(std::string(name), value->Dump());
  members.emplace_back(std::string(name) + "Details", kWhole);
}

void AddError(Members& members, const HistoryEvent& event) {
  if (event.error) members.emplace_back("error", *event.error);
  if (event.cause) members.emplace_back("cause", *event.cause);
}

// A task whose resource is the function or activity itself has event types of its own.
enum class TaskForm { kIntegration, kLambdaFunction, kActivity };

TaskForm FormOf(const HistoryEvent& event) {
  if (event.resource.starts_with("arn:aws:lambda:")) return TaskForm::kLambdaFunction;
  if (event.resource_type == "activity") return TaskForm::kActivity;
  return TaskForm::kIntegration;
}

std::string_view Prefix(TaskForm form) {
  switch (form) {
    case TaskForm::kIntegration:
      return "Task";
    case TaskForm::kLambdaFunction:
      return "LambdaFunction";
    case TaskForm::kActivity:
      return "Activity";
  }
  return "";
}

// "arn:aws:states:::lambda:invoke.waitForTaskToken" is the resource "invoke.waitForTaskToken".
std::string ResourceName(const HistoryEvent& event) {
  return event.resource.substr(event.resource.rfind(':') + 1);
}

void AddTask(Members& members, const HistoryEvent& event) {
  const TaskForm form = FormOf(event);
  if (event.type == HistoryEventType::kTaskScheduled) {
    if (form == TaskForm::kIntegration) {
      members.emplace_back("region", "us-east-1");
      members.emplace_back("parameters", event.parameters->Dump());
    } else {
      members.emplace_back("resource", event.resource);
      AddText(members, "input", event.parameters);
    }
    if (event.timeout_seconds) members.emplace_back("timeoutInSeconds", *event.timeout_seconds);
    if (event.heartbeat_seconds) {
      members.emplace_back("heartbeatInSeconds", *event.heartbeat_seconds);
    }
  }
  if (form == TaskForm::kIntegration) {
    members.emplace_back("resource", ResourceName(event));
    members.emplace_back("resourceType", event.resource_type);
  }
  AddText(members, "output", event.output);
  AddError(members, event);
}

void AddExited(Members& members, const HistoryEvent& event) {
  members.emplace_back("name", event.name);
  AddText(members, "output", event.output);
  if (!event.assigned) return;
  Members variables;
  for (const auto& [name, value] : event.assigned->object()) {
    variables.emplace_back(name, value.Dump());
  }
  members.emplace_back("assignedVariables", Json::Object(std::move(variables)));
  members.emplace_back("assignedVariablesDetails", kWhole);
}

void AddEnding(Members& members, const HistoryEvent& event) {
  AddText(members, "output", event.output);
  AddError(members, event);
}

// The name of the details' member, "stateEnteredEventDetails"; empty where the type has none.
std::string DetailsOf(const HistoryEvent& event, const Execution& execution, Members& members) {
  std::string type = HistoryEventTypeName(event.type);
  const auto own_name = [&type] {
    std::string name = type + "EventDetails";
    name[0] = static_cast<char>(name[0] - 'A' + 'a');
    return name;
  };
  if (type == "ExecutionStarted") {
    members.emplace_back("input", execution.input_text);
    members.emplace_back("inputDetails", kWhole);
    members.emplace_back("roleArn", execution.names.role);
    return own_name();
  }
  if (type.starts_with("Execution")) {
    AddEnding(members, event);
    return own_name();
  }
  if (type.ends_with("StateEntered")) {
    members.emplace_back("name", event.name);
    AddText(members, "input", event.input);
    return "stateEnteredEventDetails";
  }
  if (type.ends_with("StateExited")) {
    AddExited(members, event);
    return "stateExitedEventDetails";
  }
  if (type.starts_with("MapIteration")) {
    members.emplace_back("name", event.name);
    members.emplace_back("index", *event.index);
    return own_name();
  }
  switch (event.type) {
    case HistoryEventType::kMapStateStarted:
      members.emplace_back("length", *event.length);
      return own_name();
    case HistoryEventType::kMapRunStarted:
      members.emplace_back(
          "mapRunArn", "arn:aws:states:us-east-1:111111111111:mapRun:" + execution.workflow + "/" +
                           event.name + ":" + std::to_string(event.id));
      return own_name();
    case HistoryEventType::kEvaluationFailed:
      members.emplace_back("state", event.name);
      AddError(members, event);
      return own_name();
    case HistoryEventType::kTaskScheduled:
    case HistoryEventType::kTaskStarted:
    case HistoryEventType::kTaskSucceeded:
    case HistoryEventType::kTaskFailed:
    case HistoryEventType::kTaskTimedOut:
      AddTask(members, event);
      type = std::string(Prefix(FormOf(event))) + type.substr(4);
      return own_name();
    default:
      return "";
  }
}

std::string TypeOf(const HistoryEvent& event) {
  const std::string type = HistoryEventTypeName(event.type);
  switch (event.type) {
    case HistoryEventType::kTaskScheduled:
    case HistoryEventType::kTaskStarted:
    case HistoryEventType::kTaskSucceeded:
    case HistoryEventType::kTaskFailed:
    case HistoryEventType::kTaskTimedOut:
      return std::string(Prefix(FormOf(event))) + type.substr(4);
    default:
      return type;
  }
}

}  // namespace

Json AwsHistoryEvent(const HistoryEvent& event, const Execution& execution) {
  Members members = {
      {"timestamp", absl::ToDoubleSeconds(event.time - absl::UnixEpoch())},
      {"type", TypeOf(event)},
      {"id", event.id},
      {"previousEventId", event.previous_id},
  };
  Members details;
  const std::string name = DetailsOf(event, execution, details);
  if (!name.empty()) members.emplace_back(name, Json::Object(std::move(details)));
  return Json::Object(std::move(members));
}

}  // namespace segue::testing
