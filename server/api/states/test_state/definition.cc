#include "server/api/states/test_state/definition.h"

#include <algorithm>
#include <memory>
#include <set>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "server/base/json.h"
#include "server/language/parse.h"
#include "server/language/text.h"

namespace segue::api::states {
namespace {

using language::Concat;

ApiError InvalidDefinition(const std::vector<language::Fault>& faults) {
  std::string message = "Invalid State Machine Definition: '";
  for (const language::Fault& fault : faults) {
    if (&fault != faults.data()) message.append(", ");
    message.append(Concat(fault.code, ": ", fault.message));
    const std::string location = language::AwsLocation(fault.position);
    message.append(Concat(" at ", location));
  }
  return {"InvalidDefinition", message.append("'")};
}

ApiResult<language::WorkflowPtr> Parse(std::string_view definition) {
  language::ParseResult parsed = language::ParseWorkflow(
      definition, {.format = language::Format::kJson, .resources = language::Resources::kAnyUri});
  if (!parsed.faults.empty()) return InvalidDefinition(parsed.faults);
  return std::move(parsed.workflow);
}

// The names that a state's Next, Default and rules lead to.
void CollectTargets(const Json& state, std::set<std::string>* targets) {
  for (const char* field : {"Next", "Default"}) {
    if (const std::string* target = state.FindString(field)) targets->insert(*target);
  }
  for (const char* field : {"Choices", "Catch"}) {
    const Json* rules = state.Find(field);
    if (rules == nullptr || !rules->is_array()) continue;
    for (const Json& rule : rules->array()) CollectTargets(rule, targets);
  }
}

// The state alone is made a state machine: its text as it is, and where it leads, the end.
std::string Wrapped(std::string_view definition) {
  std::set<std::string> targets;
  const absl::StatusOr<Json> state = Json::Parse(definition);
  if (state.ok()) CollectTargets(*state, &targets);
  targets.erase(std::string(kTestedStateName));
  std::string machine = Concat("{\"StartAt\":\"", kTestedStateName, "\",\"States\":{\"",
                               kTestedStateName, "\":", definition);
  for (const std::string& target : targets) {
    machine.append(Concat(",", Json(target).Dump(), ":{\"Type\":\"Succeed\"}"));
  }
  return machine.append("}}");
}

}  // namespace

ApiResult<TestedState> FindTestedState(std::string_view definition,
                                       const std::optional<std::string>& state_name) {
  const std::string machine = state_name ? std::string(definition) : Wrapped(definition);
  const ApiResult<language::WorkflowPtr> workflow = Parse(machine);
  if (!workflow.ok()) return workflow.error();
  const std::string name = state_name.value_or(std::string(kTestedStateName));
  language::Workflow renamed = **workflow;
  const auto found =
      std::find_if(renamed.states.begin(), renamed.states.end(),
                   [&name](const language::State& state) { return state.name == name; });
  if (found == renamed.states.end()) return ValidationException("State not found in definition");
  found->name = kTestedStateName;
  const auto index = static_cast<language::StateIndex>(found - renamed.states.begin());
  return TestedState{std::make_shared<const language::Workflow>(std::move(renamed)), index, name};
}

}  // namespace segue::api::states
