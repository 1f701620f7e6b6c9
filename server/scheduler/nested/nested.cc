#include "server/scheduler/nested/nested.h"

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "server/base/random.h"
#include "server/engine/aws_text.h"
#include "server/scheduler/catalog/arn.h"
#include "server/scheduler/fingerprint.h"
#include "server/scheduler/nested/machine_target.h"
#include "server/scheduler/nested/retry_call.h"
#include "server/scheduler/nested/send_task.h"

namespace segue::scheduler {
namespace {

using Completion = language::Resource::Completion;

bool IsSdk(const NestedCall& call) {
  return call.resource->kind == language::Resource::Kind::kAwsService;
}

std::string RequestIdOf(const NestedCall& call) {
  return Random(Fingerprint().Add(call.request).Add("request").value()).Uuid();
}

// An error of the API behind the integration, in the words of the SDK that AWS calls it with
// [recorded].
WorkflowError ApiError(const NestedCall& call, const std::string& code,
                       const std::string& message) {
  if (IsSdk(call)) {
    return {absl::StrCat("Sfn.", code, "Exception"),
            absl::StrCat(message,
                         " (Service: Sfn, Status Code: 400, Request ID: ", RequestIdOf(call), ")")};
  }
  return {absl::StrCat("StepFunctions.", code, "Exception"),
          absl::StrCat(message, " (Service: AWSStepFunctions; Status Code: 400; Error Code: ", code,
                       "; Request ID: ", RequestIdOf(call), "; Proxy: null)")};
}

std::string InputOf(const Json& arguments) {
  const Json* input = arguments.Find("Input");
  if (input == nullptr || input->is_null()) return "{}";
  // Text of its own is taken as it is; what is no JSON text is a JSON string.
  if (input->is_string() && Json::Parse(input->string()).ok()) return input->string();
  return input->Dump();
}

// What follows from the attempt alone: the same child whenever it is begun.
std::string NameOfChild(const Json& arguments, const std::string& request) {
  const std::string* name = arguments.FindString("Name");
  return name != nullptr && !name->empty() ? *name
                                           : Random(Fingerprint().Add(request).value()).Uuid();
}

std::string RequestIdOfChild(const std::string& request) {
  return Random(Fingerprint().Add(request).Add("id").value()).Uuid();
}

Outcome<SubmitRequest> RequestFor(Scheduler& scheduler, const NestedCall& call) {
  const std::string* target = call.arguments.FindString("StateMachineArn");
  if (target == nullptr) {
    return ApiError(call, "InvalidArn", "Invalid Arn: 'Invalid ARN prefix: '");
  }
  const std::optional<Arn> arn = ParseArn(*target);
  if (!arn) {
    return ApiError(call, "InvalidArn",
                    absl::StrCat("Invalid Arn: 'Invalid ARN prefix: ", *target, "'"));
  }
  // The same choice of an alias' versions whenever this attempt is begun.
  Random choice(Fingerprint().Add(call.request).Add("alias").value());
  const std::optional<MachineTarget> machine =
      FindMachineTarget(scheduler.catalog(), scheduler.publications(), *arn, choice);
  if (!machine) {
    return ApiError(call, "StateMachineDoesNotExist",
                    absl::StrCat("State Machine Does Not Exist: '", *target, "'"));
  }
  const WorkflowVersion& version = *machine->version;
  SubmitRequest request{.workflow = arn->workflow, .version = version.version};
  request.input = InputOf(call.arguments);
  request.names.name = NameOfChild(call.arguments, call.request);
  const ExecutionName named{request.workflow, request.names.name};
  request.execution_id = IdOfNamed(named).value();
  request.names.execution = ExecutionArn(scheduler.arns(), named);
  if (version.settings.type == language::WorkflowType::kExpress) {
    request.type = engine::ExecutionType::kExpress;
    request.time_limit = kExpressMax;
  }
  request.names.workflow = StateMachineArn(scheduler.arns(), request.workflow);
  request.names.role = version.settings.role;
  request.names.published_version = machine->published_version;
  request.names.alias = machine->alias;
  request.request_id = RequestIdOfChild(call.request);
  request.trace_parent = call.trace_parent;
  request.priority = call.priority;
  request.depth = call.depth;
  return request;
}

// What StartExecution's HTTP response said, as the SDK shows it [recorded].
Json HttpMetadata(const NestedCall& call, const std::string& arn, absl::Time start) {
  const std::string length =
      absl::StrCat(Json::Of({{"executionArn", arn},
                             {"startDate", static_cast<double>(absl::ToUnixMillis(start)) / 1000}})
                       .Dump()
                       .size());
  const std::string date =
      absl::FormatTime("%a, %d %b %Y %H:%M:%S GMT", start, absl::UTCTimeZone());
  const std::string request_id = RequestIdOf(call);
  const std::vector<std::pair<const char*, std::string>> headers = {
      {"x-amzn-RequestId", request_id},
      {"connection", "keep-alive"},
      {"Content-Length", length},
      {"Date", date},
      {"Content-Type", "application/x-amz-json-1.0"}};
  std::vector<Json::Member> all;
  std::vector<Json::Member> first;
  for (const auto& [name, value] : headers) {
    all.emplace_back(name, Json::List({value}));
    first.emplace_back(name, value);
  }
  return Json::Of({{"AllHttpHeaders", Json::Object(std::move(all))},
                   {"HttpHeaders", Json::Object(std::move(first))},
                   {"HttpStatusCode", 200}});
}

Json StartedResult(const NestedCall& call, const engine::Execution& child) {
  const std::string& arn = child.names.execution;
  if (IsSdk(call)) {
    return Json::Of({{"ExecutionArn", arn}, {"StartDate", engine::AwsTimestamp(child.start_time)}});
  }
  return Json::Of({{"ExecutionArn", arn},
                   {"SdkHttpMetadata", HttpMetadata(call, arn, child.start_time)},
                   {"SdkResponseMetadata", Json::Of({{"RequestId", RequestIdOf(call)}})},
                   {"StartDate", absl::ToUnixMillis(child.start_time)}});
}

// DescribeExecution, in the SDK's form; with .sync:2 data is JSON instead of its text.
Json Described(const ArnScope& scope, const NestedCall& call, const engine::Execution& child) {
  const bool as_json = call.resource->completion == Completion::kSync2;
  const Json included = Json::Of({{"Included", Json::Bool(true)}});
  std::vector<Json::Member> members;
  if (child.error) {
    if (!child.error->cause.empty()) members.emplace_back("Cause", child.error->cause);
    if (!child.error->name.empty()) members.emplace_back("Error", child.error->name);
  }
  members.emplace_back("ExecutionArn", child.names.execution);
  const absl::StatusOr<Json> input = Json::Parse(child.input_text);
  members.emplace_back("Input", as_json && input.ok() ? *input : Json(child.input_text));
  members.emplace_back("InputDetails", included);
  members.emplace_back("Name", child.names.name);
  if (child.status == engine::ExecutionStatus::kSucceeded) {
    members.emplace_back("Output", as_json ? child.output : Json(child.output.Dump()));
    members.emplace_back("OutputDetails", included);
  }
  members.emplace_back("StartDate", absl::ToUnixMillis(child.start_time));
  const engine::ContextNames& names = child.names;
  if (!names.alias.empty()) {
    members.emplace_back("StateMachineAliasArn",
                         QualifiedArn(scope, {child.workflow, names.alias}));
  }
  members.emplace_back("StateMachineArn", names.workflow);
  if (names.published_version != 0) {
    const std::string number = absl::StrCat(names.published_version);
    members.emplace_back("StateMachineVersionArn", QualifiedArn(scope, {child.workflow, number}));
  }
  members.emplace_back("Status", engine::AwsStatusName(child.status));
  if (child.end_time) members.emplace_back("StopDate", absl::ToUnixMillis(*child.end_time));
  return Json::Object(std::move(members));
}

Outcome<Json> ClosedResult(const ArnScope& scope, const NestedCall& call,
                           const engine::Execution& child) {
  Json described = Described(scope, call, child);
  if (child.status == engine::ExecutionStatus::kSucceeded) return described;
  return WorkflowError{"States.TaskFailed", described.Dump()};
}

// Refused for good: the child cannot be started.
WorkflowError RefusedBy(const NestedCall& call, const SubmitRequest& request,
                        const absl::Status& status) {
  const std::string message(status.message());
  if (absl::IsAlreadyExists(status)) {
    return ApiError(call, "ExecutionAlreadyExists",
                    absl::StrCat("Execution Already Exists: '", request.names.execution, "'"));
  }
  if (absl::IsNotFound(status)) return ApiError(call, "StateMachineDoesNotExist", message);
  if (absl::IsInvalidArgument(status)) return ApiError(call, "InvalidExecutionInput", message);
  return {"States.TaskFailed", message};  // the host's failure
}

async::Task<std::optional<Outcome<Json>>> Start(Scheduler& scheduler, const NestedCall& call,
                                                async::Executor& executor) {
  if (call.depth > kDepthMax) {
    co_return ApiError(call, "ExecutionLimitExceeded",
                       absl::StrCat("executions start executions ", kDepthMax, " deep already"));
  }
  Outcome<SubmitRequest> request = RequestFor(scheduler, call);
  if (!request.ok()) co_return request.error();
  while (call.GoesOn(executor)) {
    SubmitRequest copy = *request;
    absl::StatusOr<SubmitResult> result = co_await scheduler.Submit(std::move(copy));
    if (result.ok()) co_return StartedResult(call, result->view.execution);
    if (IsDraining(result.status())) co_return std::nullopt;
    if (absl::IsAlreadyExists(result.status())) {
      // This very attempt may have started it, of a version that was the one then.
      absl::StatusOr<ExecutionView> there =
          co_await scheduler.Get(ExecutionId(request->execution_id), Detail::kBasic);
      const bool is_own = there.ok() && there->execution.request_id == request->request_id;
      if (is_own) co_return StartedResult(call, there->execution);
    }
    if (!IsTransient(result.status())) co_return RefusedBy(call, *request, result.status());
    co_await PauseBeforeRetry(executor);
  }
  co_return WorkflowError{"States.Timeout", ""};  // or whatever: nobody waits for it
}

std::optional<ExecutionId> FollowedBy(const NestedCall& call) {
  const std::string* text = call.submitted ? call.submitted->FindString("ExecutionArn") : nullptr;
  const std::optional<Arn> arn = text == nullptr ? std::nullopt : ParseArn(*text);
  if (!arn) return std::nullopt;
  return IdOfNamed({arn->workflow, arn->name});
}

async::Task<std::optional<Outcome<Json>>> Follow(Scheduler& scheduler, const NestedCall& call,
                                                 async::Executor& executor) {
  const std::optional<ExecutionId> child = FollowedBy(call);
  if (!child) co_return WorkflowError{"States.Runtime", "the started execution is not known"};
  int failures = 0;  // one after the other
  while (true) {
    const absl::Time until = executor.Now() + kWaitSlice;
    absl::StatusOr<ExecutionView> view = co_await scheduler.Wait(*child, Detail::kBasic, until);
    if (view.ok() && IsClosed(view->execution.status)) {
      co_return ClosedResult(scheduler.arns(), call, view->execution);
    }
    if (view.ok()) {
      failures = 0;
      continue;
    }
    if (IsDraining(view.status())) co_return std::nullopt;
    // An EXPRESS child is gone with the server that ran it; a record may be corrupt.
    if (!IsTransient(view.status())) {
      co_return WorkflowError{"States.TaskFailed", std::string(view.status().message())};
    }
    co_await PauseBeforeRetry(executor, failures++);
  }
}

}  // namespace

bool IsNested(const language::Resource& resource) {
  return IsSendTask(resource) || resource.kind == language::Resource::Kind::kStartExecution ||
         (resource.kind == language::Resource::Kind::kAwsService &&
          resource.service == "aws-sdk:sfn" && resource.method == "startExecution");
}

std::string RequestOf(const engine::StartAttempt& start) {
  return absl::StrCat(start.idempotency_key, "/", start.attempt.attempt);
}

std::optional<StartedChild> ChildOf(const engine::StartAttempt& start) {
  const std::string* target = start.arguments.FindString("StateMachineArn");
  const std::optional<Arn> arn = target == nullptr ? std::nullopt : ParseArn(*target);
  if (!arn) return std::nullopt;
  const std::string request = RequestOf(start);
  const std::string name = NameOfChild(start.arguments, request);
  return StartedChild{.id = IdOfNamed({arn->workflow, name}),
                      .request_id = RequestIdOfChild(request)};
}

async::Task<std::optional<Outcome<Json>>> RunNested(Scheduler& scheduler, NestedCall call,
                                                    async::Executor& executor) {
  if (IsSendTask(*call.resource)) {
    co_return co_await RunSendTask(scheduler, std::move(call), executor);
  }
  if (call.submitted) co_return co_await Follow(scheduler, call, executor);
  co_return co_await Start(scheduler, call, executor);
}

}  // namespace segue::scheduler
