#include "server/api/states/execution_view.h"

#include <utility>

#include "server/engine/aws_text.h"
#include "server/language/text.h"

namespace segue::api::states {

using language::Concat;
using scheduler::Arn;
using scheduler::ExecutionView;

ApiError ExecutionDoesNotExist(std::string_view arn) {
  return {"ExecutionDoesNotExist", Concat("Execution Does Not Exist: '", arn, "'")};
}

const std::string& NameOf(const engine::Execution& execution) {
  return execution.names.name.empty() ? execution.id.value() : execution.names.name;
}

std::string MachineOf(const engine::Execution& execution) {
  if (execution.map_run.empty()) return execution.workflow;
  const std::string_view run = execution.map_run;
  return Concat(execution.workflow, "/", run.substr(0, run.find(':')));
}

std::string ExecutionArnOf(const scheduler::ArnScope& scope, const engine::Execution& execution) {
  const std::string machine = MachineOf(execution);
  const scheduler::ExecutionName name{machine, NameOf(execution)};
  return execution.type == engine::ExecutionType::kExpress
             ? ExpressArn(scope, name, execution.id.value())
             : ExecutionArn(scope, name);
}

async::Task<ApiResult<ExecutionView>> FindExecution(Call& call, std::string_view member) {
  const std::string text = call.Text(member);
  ApiResult<Arn> arn = ArnOf(call, member, Arn::Kind::kExecution);
  if (!arn.ok()) co_return arn.error();
  const ExecutionId named = scheduler::IdOfNamed({arn->workflow, arn->name});
  for (const ExecutionId& id : {named, ExecutionId(arn->name)}) {
    absl::StatusOr<ExecutionView> view =
        co_await call.scheduler().Get(id, scheduler::Detail::kBasic);
    if (absl::IsNotFound(view.status())) continue;
    if (!view.ok()) co_return FromStatus(view.status());
    const engine::Execution& found = view->execution;
    if (MachineOf(found) == arn->workflow && NameOf(found) == arn->name) co_return *std::move(view);
  }
  co_return ExecutionDoesNotExist(text);
}

std::optional<engine::ExecutionStatus> StatusOf(std::string_view name) {
  using Status = engine::ExecutionStatus;
  for (const Status status : {Status::kRunning, Status::kSucceeded, Status::kFailed,
                              Status::kTimedOut, Status::kCancelled}) {
    if (engine::AwsStatusName(status) == name) return status;
  }
  return std::nullopt;
}

Json WithData(const Call& call, const engine::Execution& execution, Json answer,
              OutputDetails details) {
  const bool include = call.Text("includedData") != "METADATA_ONLY";
  const Json shown = Json::Of({{"included", Json::Bool(include)}});
  const bool output = execution.status == engine::ExecutionStatus::kSucceeded;
  if (include) answer = answer.With("input", execution.input_text);
  answer = answer.With("inputDetails", shown);
  if (include && output) answer = answer.With("output", execution.output.Dump());
  if (output || details == OutputDetails::kAlways) answer = answer.With("outputDetails", shown);
  if (!execution.error) return answer;
  const WorkflowError& error = *execution.error;
  if (!error.name.empty()) answer = answer.With("error", error.name);
  if (!error.cause.empty()) answer = answer.With("cause", error.cause);
  return answer;
}

Json WithQualifiers(const scheduler::ArnScope& scope, const engine::Execution& execution,
                    Json answer) {
  const engine::ContextNames& names = execution.names;
  if (names.published_version != 0) {
    const std::string number = std::to_string(names.published_version);
    answer =
        answer.With("stateMachineVersionArn", QualifiedArn(scope, {execution.workflow, number}));
  }
  if (!names.alias.empty()) {
    answer =
        answer.With("stateMachineAliasArn", QualifiedArn(scope, {execution.workflow, names.alias}));
  }
  return answer;
}

}  // namespace segue::api::states
