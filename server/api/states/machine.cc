#include "server/api/states/machine.h"

#include <charconv>
#include <utility>

#include "server/api/states/definition.h"
#include "server/api/states/settings.h"
#include "server/api/states/variable_references.h"
#include "server/language/text.h"

namespace segue::api::states {

using language::Concat;
using scheduler::Arn;
using scheduler::WorkflowVersion;
using scheduler::WorkflowVersionPtr;

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
  ApiResult<Arn> arn = ArnOf(call, member, Arn::Kind::kStateMachine);
  if (!arn.ok()) return arn.error();
  std::optional<Target> target = scheduler::FindMachineTarget(
      call.scheduler().catalog(), call.scheduler().publications(), *arn, call.random);
  if (!target) return StateMachineDoesNotExist(call.Text(member));
  return *std::move(target);
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
