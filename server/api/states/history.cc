#include "server/api/states/history.h"

#include <cstddef>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "server/base/check.h"

namespace segue::api::states {
namespace {

using engine::HistoryEvent;
using engine::HistoryEventType;

// A task whose resource is the function or activity itself has event types of its own.
enum class TaskForm { kIntegration, kFunction, kActivity };

TaskForm FormOf(const HistoryEvent& event) {
  // arn:<partition>:lambda:<region>:<account>:function:<name>; an integration's ARN is one of
  // "states".
  const size_t partition = event.resource.find(':');
  const size_t service =
      partition == event.resource.npos ? partition : event.resource.find(':', partition + 1);
  if (event.resource.starts_with("arn:") && service != event.resource.npos &&
      event.resource.compare(service, 8, ":lambda:") == 0) {
    return TaskForm::kFunction;
  }
  return event.resource_type == "activity" ? TaskForm::kActivity : TaskForm::kIntegration;
}

std::string_view Prefix(TaskForm form) {
  switch (form) {
    case TaskForm::kIntegration:
      return "Task";
    case TaskForm::kFunction:
      return "LambdaFunction";
    case TaskForm::kActivity:
      return "Activity";
  }
  SEGUE_CHECK(false);
  return "";
}

// What stands after the service: "arn:aws:states:::lambda:invoke.waitForTaskToken" is
// "invoke.waitForTaskToken", "grpc:stock/shop.v1.Stock/Reserve" is "stock/shop.v1.Stock/Reserve".
std::string ResourceName(const HistoryEvent& event) {
  const std::string service = event.resource_type + ":";
  const size_t search_from = event.resource.starts_with("arn:") ? event.resource.find(":::") : 0;
  if (search_from == event.resource.npos) {
    return event.resource.substr(event.resource.rfind(':') + 1);
  }
  const size_t at = event.resource.find(service, search_from);
  return at == event.resource.npos ? event.resource : event.resource.substr(at + service.size());
}

// Which details an event has: their fields, in AWS's order, are added in one place each.
class Details {
 public:
  Details(const HistoryEvent& event, const HistoryNames& names, ExecutionData data)
      : event_(event), names_(names), data_(data) {}

  std::vector<Json::Member> Take() { return std::move(members_); }

  void Add(std::string_view name, Json value) {
    members_.emplace_back(std::string(name), std::move(value));
  }
  void AddIfAny(std::string_view name, const std::string& text) {
    if (!text.empty()) Add(name, text);
  }

  void Input() { Payload("input", event_.input); }
  void Output() { Payload("output", event_.output); }
  void Error() {
    if (event_.error) Add("error", *event_.error);
    if (event_.cause) Add("cause", *event_.cause);
  }

  void ExecutionStarted() {
    PayloadText("input", names_.input);
    AddIfAny("roleArn", names_.role);
    AddIfAny("stateMachineAliasArn", names_.alias);
    AddIfAny("stateMachineVersionArn", names_.version);
  }

  void Entered() {
    Add("name", event_.name);
    Input();
  }

  void Exited() {
    Add("name", event_.name);
    Output();
    if (!event_.assigned || data_ == ExecutionData::kOmit) return;
    std::vector<Json::Member> variables;
    for (const auto& [name, value] : event_.assigned->object()) {
      variables.emplace_back(name, value.Dump());
    }
    Add("assignedVariables", Json::Object(std::move(variables)));
    Add("assignedVariablesDetails", Whole());
  }

  void Iteration() {
    Add("name", event_.name);
    if (event_.index) Add("index", *event_.index);
  }

  void Evaluation() {
    Error();
    AddIfAny("location", event_.location);
    Add("state", event_.name);
  }

  void MapRun() { Add("mapRunArn", names_.map_runs + event_.map_run); }
  void Redriven() { Add("redriveCount", event_.redrive_count); }

  void Scheduled() {
    const TaskForm form = FormOf(event_);
    if (form == TaskForm::kIntegration) {
      Service();
      Add("region", names_.region);
      Add("parameters", event_.parameters.value_or(Json::Object()).Dump());
    } else {
      Add("resource", event_.resource);
      Payload("input", event_.parameters);
    }
    if (event_.timeout_seconds) Add("timeoutInSeconds", *event_.timeout_seconds);
    // A function has no heartbeat.
    if (event_.heartbeat_seconds && form != TaskForm::kFunction) {
      Add("heartbeatInSeconds", *event_.heartbeat_seconds);
    }
    if (form != TaskForm::kActivity && !event_.credentials_role.empty()) {
      Add("taskCredentials", Json::Of({{"roleArn", event_.credentials_role}}));
    }
  }

  // TaskStarted and all that comes of a task.
  void Task() {
    if (FormOf(event_) == TaskForm::kIntegration) Service();
    AddIfAny("workerName", event_.worker);
    Output();
    Error();
  }

 private:
  // "Always false for API calls" (API reference, HistoryEventExecutionDataDetails).
  static Json Whole() { return Json::Of({{"truncated", Json::Bool(false)}}); }

  void Service() {
    Add("resourceType", event_.resource_type);
    Add("resource", ResourceName(event_));
  }

  void Payload(std::string_view name, const std::optional<Json>& value) {
    if (value) PayloadText(name, value->Dump());
  }
  void PayloadText(std::string_view name, std::string text) {
    if (data_ == ExecutionData::kOmit) return;
    Add(name, std::move(text));
    Add(std::string(name) + "Details", Whole());
  }

  const HistoryEvent& event_;
  const HistoryNames& names_;
  const ExecutionData data_;
  std::vector<Json::Member> members_;
};

enum class Kind {
  kNoDetails,
  kExecutionStarted,
  kEnding,
  kEntered,
  kExited,
  kIteration,
  kMapStarted,
  kMapRunStarted,
  kMapRunFailed,
  kMapRunRedriven,
  kExecutionRedriven,
  kEvaluation,
  kScheduled,
  kTask,
};

Kind KindOf(HistoryEventType type) {
  switch (type) {
    case HistoryEventType::kExecutionStarted:
      return Kind::kExecutionStarted;
    case HistoryEventType::kExecutionSucceeded:
    case HistoryEventType::kExecutionFailed:
    case HistoryEventType::kExecutionTimedOut:
    case HistoryEventType::kExecutionAborted:
      return Kind::kEnding;
    case HistoryEventType::kExecutionRedriven:
      return Kind::kExecutionRedriven;
    case HistoryEventType::kTaskStateEntered:
    case HistoryEventType::kParallelStateEntered:
    case HistoryEventType::kMapStateEntered:
    case HistoryEventType::kWaitStateEntered:
    case HistoryEventType::kPassStateEntered:
    case HistoryEventType::kChoiceStateEntered:
    case HistoryEventType::kSucceedStateEntered:
    case HistoryEventType::kFailStateEntered:
      return Kind::kEntered;
    case HistoryEventType::kTaskStateExited:
    case HistoryEventType::kParallelStateExited:
    case HistoryEventType::kMapStateExited:
    case HistoryEventType::kWaitStateExited:
    case HistoryEventType::kPassStateExited:
    case HistoryEventType::kChoiceStateExited:
    case HistoryEventType::kSucceedStateExited:
      return Kind::kExited;
    case HistoryEventType::kTaskScheduled:
      return Kind::kScheduled;
    case HistoryEventType::kTaskScheduleFailed:
    case HistoryEventType::kTaskStarted:
    case HistoryEventType::kTaskStartFailed:
    case HistoryEventType::kTaskSubmitted:
    case HistoryEventType::kTaskSubmitFailed:
    case HistoryEventType::kTaskSucceeded:
    case HistoryEventType::kTaskFailed:
    case HistoryEventType::kTaskTimedOut:
      return Kind::kTask;
    case HistoryEventType::kMapIterationStarted:
    case HistoryEventType::kMapIterationSucceeded:
    case HistoryEventType::kMapIterationFailed:
    case HistoryEventType::kMapIterationAborted:
      return Kind::kIteration;
    case HistoryEventType::kMapStateStarted:
      return Kind::kMapStarted;
    case HistoryEventType::kMapRunStarted:
      return Kind::kMapRunStarted;
    case HistoryEventType::kMapRunFailed:
      return Kind::kMapRunFailed;
    case HistoryEventType::kMapRunRedriven:
      return Kind::kMapRunRedriven;
    case HistoryEventType::kEvaluationFailed:
      return Kind::kEvaluation;
    case HistoryEventType::kMapRunSucceeded:
    case HistoryEventType::kMapRunAborted:
    case HistoryEventType::kParallelStateStarted:
    case HistoryEventType::kParallelStateSucceeded:
    case HistoryEventType::kParallelStateFailed:
    case HistoryEventType::kParallelStateAborted:
    case HistoryEventType::kMapStateSucceeded:
    case HistoryEventType::kMapStateFailed:
    case HistoryEventType::kMapStateAborted:
    case HistoryEventType::kWaitStateAborted:
    case HistoryEventType::kTaskStateAborted:
      return Kind::kNoDetails;
  }
  SEGUE_CHECK(false);
  return Kind::kNoDetails;
}

void Fill(Kind kind, const HistoryEvent& event, Details* details) {
  switch (kind) {
    case Kind::kNoDetails:
      return;
    case Kind::kExecutionStarted:
      return details->ExecutionStarted();
    case Kind::kEnding:
      details->Output();
      return details->Error();
    case Kind::kEntered:
      return details->Entered();
    case Kind::kExited:
      return details->Exited();
    case Kind::kIteration:
      return details->Iteration();
    case Kind::kMapStarted:
      if (event.length) details->Add("length", *event.length);
      return;
    case Kind::kMapRunStarted:
      return details->MapRun();
    case Kind::kMapRunFailed:
      return details->Error();
    case Kind::kMapRunRedriven:
      details->MapRun();
      return details->Redriven();
    case Kind::kExecutionRedriven:
      return details->Redriven();
    case Kind::kEvaluation:
      return details->Evaluation();
    case Kind::kScheduled:
      return details->Scheduled();
    case Kind::kTask:
      return details->Task();
  }
}

std::string TypeOf(const HistoryEvent& event, Kind kind) {
  const std::string type = HistoryEventTypeName(event.type);
  if (kind != Kind::kScheduled && kind != Kind::kTask) return type;
  return std::string(Prefix(FormOf(event))) + type.substr(4);
}

// "LambdaFunctionScheduled" -> "lambdaFunctionScheduledEventDetails"; what all states share has one
// name for all.
std::string DetailsName(std::string type, Kind kind) {
  if (kind == Kind::kEntered) return "stateEnteredEventDetails";
  if (kind == Kind::kExited) return "stateExitedEventDetails";
  type[0] = static_cast<char>(type[0] - 'A' + 'a');
  return type + "EventDetails";
}

// A function that has started says nothing about it in AWS's model.
bool HasDetails(Kind kind, const HistoryEvent& event) {
  if (kind == Kind::kNoDetails) return false;
  return event.type != HistoryEventType::kTaskStarted || FormOf(event) != TaskForm::kFunction;
}

}  // namespace

Json HistoryEventJson(const HistoryEvent& event, const HistoryNames& names, ExecutionData data) {
  const Kind kind = KindOf(event.type);
  const std::string type = TypeOf(event, kind);
  std::vector<Json::Member> members = {
      {"timestamp", absl::ToDoubleSeconds(event.time - absl::UnixEpoch())},
      {"type", type},
      {"id", event.id},
      {"previousEventId", event.previous_id},
  };
  if (HasDetails(kind, event)) {
    Details details(event, names, data);
    Fill(kind, event, &details);
    members.emplace_back(DetailsName(type, kind), Json::Object(details.Take()));
  }
  return Json::Object(std::move(members));
}

}  // namespace segue::api::states
