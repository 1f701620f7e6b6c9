#include "server/api/states/machine.h"

#include <charconv>
#include <utility>

#include "absl/strings/numbers.h"
#include "server/api/states/definition.h"
#include "server/api/states/settings.h"
#include "server/api/states/variable_references.h"
#include "server/language/text.h"

namespace segue::api::states {

using language::Concat;
using scheduler::Arn;
using scheduler::Publication;
using scheduler::WorkflowVersion;
using scheduler::WorkflowVersionPtr;

namespace {

// One of the versions that an alias leads to, by their weights.
int64_t Pick(const Publication::Alias& alias, Random& random) {
  int64_t point = static_cast<int64_t>(random.Below(100));
  for (const Publication::Route& route : alias.routes) {
    point -= route.weight;
    if (point < 0) return route.version;
  }
  return alias.routes.back().version;
}

}  // namespace

ApiError StateMachineDoesNotExist(std::string_view arn) {
  return {"StateMachineDoesNotExist", Concat("State Machine Does Not Exist: '", arn, "'")};
}

ApiResult<WorkflowVersionPtr> NewestOf(const Call& call, std::string_view member) {
  ApiResult<Arn> arn = ArnOf(call, member, Arn::Kind::kStateMachine);
  if (!arn.ok()) return arn.error();
  absl::StatusOr<WorkflowVersionPtr> newest = call.scheduler().catalog().Get(arn->workflow, 0);
  if (!newest.ok()) return StateMachineDoesNotExist(call.Text(member));
  return *std::move(newest);
}

ApiResult<Target> FindTarget(Call& call, std::string_view member) {
  ApiResult<WorkflowVersionPtr> newest = NewestOf(call, member);
  if (!newest.ok()) return newest.error();
  const std::string qualifier = scheduler::ParseArn(call.Text(member))->name;
  if (qualifier.empty()) return Target{.version = *std::move(newest)};
  const Publication publication = PublicationOf(call, **newest);
  Target target;
  if (!absl::SimpleAtoi(qualifier, &target.published_version)) {
    const Publication::Alias* alias = publication.FindAlias(qualifier);
    if (alias == nullptr) return StateMachineDoesNotExist(call.Text(member));
    target.alias = alias->name;
    target.published_version = Pick(*alias, call.random);
  }
  const Publication::Version* version = publication.FindVersion(target.published_version);
  if (version == nullptr) return StateMachineDoesNotExist(call.Text(member));
  absl::StatusOr<WorkflowVersionPtr> behind =
      call.scheduler().catalog().Get((*newest)->name, version->workflow_version);
  if (!behind.ok()) return FromStatus(behind.status());
  target.version = *std::move(behind);
  return target;
}

std::string RevisionOf(const WorkflowVersion& version) {
  if (version.create_time == version.update_time) return "";
  uint64_t seed = 0;
  std::from_chars(version.etag.data(), version.etag.data() + version.etag.size(), seed, 16);
  return Random(seed).Uuid();
}

Json Described(const WorkflowVersion& version) {
  const scheduler::StateMachineSettings& settings = version.settings;
  const std::string definition = DefinitionJson(version);
  Json shown = Json::Of({{"name", version.name},
                         {"definition", definition},
                         {"roleArn", settings.role},
                         {"loggingConfiguration", LoggingOf(settings)},
                         {"tracingConfiguration", TracingOf(settings)},
                         {"encryptionConfiguration", EncryptionOf(settings.encryption)}});
  const absl::StatusOr<Json> parsed = Json::Parse(definition);
  if (!parsed.ok()) return shown;
  Json references = VariableReferences(*parsed);
  if (references.object().empty()) return shown;
  return shown.With("variableReferences", std::move(references));
}

}  // namespace segue::api::states
