#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "server/api/states/definition.h"
#include "server/api/states/machine.h"
#include "server/api/states/operations.h"
#include "server/api/states/page_token.h"
#include "server/api/states/settings.h"
#include "server/api/states/tags.h"
#include "server/language/text.h"

namespace segue::api::states {
namespace {

using language::Concat;
using scheduler::Arn;
using scheduler::PutWorkflow;
using scheduler::PutWorkflowResult;
using scheduler::WorkflowVersion;
using scheduler::WorkflowVersionPtr;

std::optional<ApiError> CheckDescription(const Call& call) {
  if (call.Text("versionDescription").empty() || call.IsTrue("publish")) return std::nullopt;
  return ValidationException("Version description can only be set when publish is true");
}

// A repeat of a request that made what is there: its role and tags do not count
// (https://docs.aws.amazon.com/step-functions/latest/apireference/API_CreateStateMachine.html).
bool IsRepeat(const WorkflowVersion& there, const PutWorkflow& request) {
  return there.definition == request.definition && SameSettings(there.settings, *request.settings);
}

async::Task<ApiResult<WorkflowVersionPtr>> Create(Call& call, PutWorkflow request) {
  absl::StatusOr<WorkflowVersionPtr> there = call.scheduler().catalog().Get(request.name, 0);
  if (!there.ok()) {
    const std::string name = request.name;
    absl::StatusOr<PutWorkflowResult> made = co_await call.scheduler().catalog().Put(request);
    if (made.ok()) co_return made->version;
    if (!absl::IsAlreadyExists(made.status())) co_return FromStatus(made.status());
    there = call.scheduler().catalog().Get(name, 0);
    if (!there.ok()) co_return FromStatus(there.status());
  }
  if (IsRepeat(**there, request)) co_return *there;
  const std::string arn = StateMachineArn(call.scope(), request.name);
  co_return ApiError{"StateMachineAlreadyExists",
                     Concat("State Machine Already Exists: '", arn, "'")};
}

ApiResult<PutWorkflow> CreateRequest(const Call& call) {
  PutWorkflow request{.name = call.Text("name"),
                      .definition = call.Text("definition"),
                      .format = language::Format::kJson,
                      .mode = PutWorkflow::Mode::kCreate,
                      .resources = language::Resources::kAnyUri};
  if (std::optional<ApiError> error = CheckName(request.name)) return *std::move(error);
  if (std::optional<ApiError> error = CheckDescription(call)) return *std::move(error);
  ApiResult<scheduler::StateMachineSettings> settings = SettingsFrom(call.input, {});
  if (!settings.ok()) return settings.error();
  if (std::optional<ApiError> error = CheckDefinition(request.definition, settings->type)) {
    return *std::move(error);
  }
  request.settings = *std::move(settings);
  return request;
}

// Publishes what was made, where `publish` asks for it.
async::Task<Answer> WithPublished(Call& call, WorkflowVersionPtr version, Json answer) {
  if (!call.IsTrue("publish")) co_return answer;
  const std::string name = version->name;
  ApiResult<scheduler::Publication::Version> published =
      co_await Publish(call, std::move(version), call.Text("versionDescription"));
  if (!published.ok()) co_return published.error();
  co_return answer.With("stateMachineVersionArn",
                        QualifiedArn(call.scope(), {name, absl::StrCat(published->number)}));
}

}  // namespace

async::Task<Answer> CreateStateMachine(Call& call) {
  ApiResult<PutWorkflow> request = CreateRequest(call);
  if (!request.ok()) co_return request.error();
  ApiResult<WorkflowVersionPtr> made = co_await Create(call, *std::move(request));
  if (!made.ok()) co_return made.error();
  const WorkflowVersionPtr version = *std::move(made);
  const std::optional<ApiError> refused =
      co_await AddTags(call, TagsKey(Arn::Kind::kStateMachine, version->name));
  if (refused) co_return *refused;
  Json answer = Json::Of({{"creationDate", Timestamp(version->create_time)},
                          {"stateMachineArn", StateMachineArn(call.scope(), version->name)}});
  co_return co_await WithPublished(call, version, std::move(answer));
}

async::Task<Answer> UpdateStateMachine(Call& call) {
  ApiResult<WorkflowVersionPtr> newest = NewestOf(call, "stateMachineArn");
  if (!newest.ok()) co_return newest.error();
  const WorkflowVersion& before = **newest;
  const bool changes = call.Has("definition") || call.Has("roleArn") ||
                       call.Has("loggingConfiguration") || call.Has("tracingConfiguration") ||
                       call.Has("encryptionConfiguration");
  if (!changes) {
    co_return ApiError{"MissingRequiredParameter",
                       "Either the definition, the role ARN, the LoggingConfiguration, the "
                       "TracingConfiguration or the EncryptionConfiguration must be specified"};
  }
  if (std::optional<ApiError> error = CheckDescription(call)) co_return *std::move(error);
  ApiResult<scheduler::StateMachineSettings> settings = SettingsFrom(call.input, before.settings);
  if (!settings.ok()) co_return settings.error();
  PutWorkflow request{.name = before.name,
                      .definition = before.definition,
                      .description = before.description,
                      .format = before.format,
                      .labels = before.labels,
                      .mode = PutWorkflow::Mode::kUpdate,
                      .settings = *settings,
                      .resources = language::Resources::kAnyUri};
  if (call.Has("definition")) {
    request.definition = call.Text("definition");
    request.format = language::Format::kJson;
    if (std::optional<ApiError> error = CheckDefinition(request.definition, settings->type)) {
      co_return *std::move(error);
    }
  }
  absl::StatusOr<PutWorkflowResult> made =
      co_await call.scheduler().catalog().Put(std::move(request));
  if (!made.ok()) co_return FromStatus(made.status());
  const WorkflowVersion& after = *made->version;
  Json answer = Json::Of({{"updateDate", Timestamp(made->changed ? after.update_time : call.now)}});
  const std::string revision = RevisionOf(after);
  if (!revision.empty()) answer = answer.With("revisionId", revision);
  co_return co_await WithPublished(call, made->version, std::move(answer));
}

async::Task<Answer> DescribeStateMachine(Call& call) {
  ApiResult<Target> target = FindTarget(call, "stateMachineArn");
  if (!target.ok()) co_return target.error();
  const WorkflowVersion& version = *target->version;
  Json answer = Described(version)
                    .With("stateMachineArn", StateMachineArn(call.scope(), version.name))
                    .With("status", "ACTIVE")
                    .With("type", TypeName(version.settings.type))
                    .With("creationDate", Timestamp(version.create_time));
  const std::string revision = RevisionOf(version);
  if (!revision.empty()) answer = answer.With("revisionId", revision);
  if (target->published_version == 0) co_return answer;
  const scheduler::Publication publication = PublicationOf(call, version);
  const scheduler::Publication::Version* published =
      publication.FindVersion(target->published_version);
  if (published == nullptr) co_return StateMachineDoesNotExist(call.Text("stateMachineArn"));
  answer = answer
               .With("stateMachineArn",
                     QualifiedArn(call.scope(), {version.name, absl::StrCat(published->number)}))
               .With("creationDate", Timestamp(published->create_time));
  if (!published->description.empty()) {
    answer = answer.With("description", published->description);
  }
  co_return answer;
}

async::Task<Answer> ListStateMachines(Call& call) {
  ApiResult<std::string> after = PagePosition(call.input, "stateMachines");
  if (!after.ok()) co_return after.error();
  const int size = PageSize(call.input);
  const std::vector<WorkflowVersionPtr> page = call.scheduler().catalog().List(*after, size + 1);
  Json::Array machines;
  for (const WorkflowVersionPtr& version : page) {
    if (std::ssize(machines) == size) break;
    machines.push_back(Json::Of({{"creationDate", Timestamp(version->create_time)},
                                 {"name", version->name},
                                 {"stateMachineArn", StateMachineArn(call.scope(), version->name)},
                                 {"type", TypeName(version->settings.type)}}));
  }
  Json answer = Json::Of({{"stateMachines", std::move(machines)}});
  if (std::ssize(page) > size) {
    const std::string& last = page[static_cast<size_t>(size) - 1]->name;
    answer = answer.With("nextToken", EncodePageToken("stateMachines", last));
  }
  co_return answer;
}

async::Task<Answer> DeleteStateMachine(Call& call) {
  ApiResult<Arn> arn = ArnOf(call, "stateMachineArn", Arn::Kind::kStateMachine);
  if (!arn.ok()) co_return arn.error();
  absl::Status status = co_await call.scheduler().catalog().Delete(arn->workflow, "");
  if (absl::IsNotFound(status)) co_return Json(Json::Object());
  if (!status.ok()) co_return FromStatus(status);
  auto drop =
      [](const scheduler::Publication*) -> absl::StatusOr<std::optional<scheduler::Publication>> {
    return std::optional<scheduler::Publication>();
  };
  status = co_await call.scheduler().publications().Change(arn->workflow, std::move(drop));
  if (!status.ok()) co_return FromStatus(status);
  const std::optional<ApiError> refused =
      co_await DropTags(call, TagsKey(Arn::Kind::kStateMachine, arn->workflow));
  if (refused) co_return *refused;
  co_return Json(Json::Object());
}

}  // namespace segue::api::states
