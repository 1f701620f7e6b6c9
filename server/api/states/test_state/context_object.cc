#include "server/api/states/test_state/context_object.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "server/language/text.h"

namespace segue::api::states {
namespace {

using language::Concat;

// The members of a Context Object (Developer Guide, "Accessing execution data from the Context
// object"), by the member that holds them.
struct Row {
  std::string_view parent;
  std::string_view name;
  std::string_view type;  // empty: any
};
constexpr auto kMembers = std::to_array<Row>({
    {"", "Execution", "object"},
    {"", "State", "object"},
    {"", "StateMachine", "object"},
    {"", "Task", "object"},
    {"Execution", "Id", "string"},
    {"Execution", "Input", ""},
    {"Execution", "Name", "string"},
    {"Execution", "RedriveCount", "integer"},
    {"Execution", "RedriveTime", "string"},
    {"Execution", "RoleArn", "string"},
    {"Execution", "StartTime", "string"},
    {"State", "EnteredTime", "string"},
    {"State", "Name", "string"},
    {"State", "RetryCount", "integer"},
    {"StateMachine", "Id", "string"},
    {"StateMachine", "Name", "string"},
    {"Task", "Token", "string"},
});

bool IsA(const Json& value, std::string_view type) {
  if (type == "object") return value.is_object();
  if (type == "string") return value.is_string();
  if (type == "integer") return value.is_int();
  return true;
}

// What is wrong with the members of `object`, which stands under the name `parent`.
std::optional<std::string> FaultIn(const Json& object, std::string_view parent) {
  for (const auto& [name, value] : object.object()) {
    const auto row = std::find_if(kMembers.begin(), kMembers.end(), [&](const Row& candidate) {
      return candidate.parent == parent && candidate.name == name;
    });
    if (row == kMembers.end()) {
      if (parent.empty() && name == "Map") {
        return "'Map' field is not supported when mocking a Context object";
      }
      return Concat("Field '", name, "' is not allowed");
    }
    if (!IsA(value, row->type)) {
      // AWS's form, whatever the type.
      return Concat(parent, parent.empty() ? "" : ".", name, " must be a ", row->type);
    }
    if (!parent.empty() || !value.is_object()) continue;
    if (auto fault = FaultIn(value, name)) return fault;
  }
  return std::nullopt;
}

bool HasToken(const language::State& state) {
  const auto* task = std::get_if<language::TaskState>(&state.detail);
  return task != nullptr && task->resource.completion != language::Resource::Completion::kResponse;
}

ApiError Invalid(std::string_view what) {
  return ValidationException(Concat("Invalid Context object provided: ", what));
}

}  // namespace

ApiResult<Json> ReadContextObject(std::string_view text, const language::State& state) {
  absl::StatusOr<Json> context = Json::Parse(text);
  if (!context.ok() || !context->is_object()) {
    return Invalid("Context object must be a valid JSON object");
  }
  if (const auto fault = FaultIn(*context, "")) return Invalid(*fault);
  if (context->Find("Task") != nullptr && !HasToken(state)) {
    return Invalid(
        "Context object contains 'Task' when state is not a Task state with a '.sync' or "
        "'.waitForTaskToken' service integration pattern");
  }
  return *std::move(context);
}

}  // namespace segue::api::states
