#include "server/engine/context.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "server/engine/aws_text.h"
#include "server/engine/task_token.h"

namespace segue::engine {
namespace {

std::string_view Or(const std::string& name, const std::string& fallback) {
  return name.empty() ? fallback : name;
}

Json ExecutionContext(const Execution& execution) {
  std::vector<Json::Member> members = {
      {"Id", Or(execution.names.execution, execution.id.value())},
      {"Input", execution.input},
      {"StartTime", AwsTimestamp(execution.start_time)},
      {"Name", Or(execution.names.name, execution.id.value())},
      {"RoleArn", execution.names.role},
  };
  // AWS: an Express execution cannot be redriven, and says so by saying nothing.
  if (execution.type == ExecutionType::kStandard) {
    members.emplace_back("RedriveCount", execution.redrive_count);
  }
  if (execution.redrive_time) {
    members.emplace_back("RedriveTime", AwsTimestamp(*execution.redrive_time));
  }
  return Json::Object(std::move(members));
}

Json StateContext(const language::State& state, const Branch& branch) {
  std::vector<Json::Member> members = {
      {"Name", state.name},
      {"EnteredTime", AwsTimestamp(branch.entered)},
  };
  switch (state.type) {
    case language::StateType::kTask:
    case language::StateType::kParallel:
    case language::StateType::kMap: {
      int64_t retries = 0;
      for (const int used : branch.retries) retries += used;
      members.emplace_back("RetryCount", retries);
      break;
    }
    case language::StateType::kWait:
    case language::StateType::kPass:
    case language::StateType::kChoice:
    case language::StateType::kSucceed:
    case language::StateType::kFail:
      break;
  }
  return Json::Object(std::move(members));
}

const MapItem* NearestItem(const Execution& execution, const Branch& branch) {
  for (const Branch* at = &branch; at != nullptr;
       at = at->parent ? execution.Find(*at->parent) : nullptr) {
    if (at->item) return &*at->item;
  }
  return nullptr;
}

}  // namespace

Json MakeContext(const language::Workflow& workflow, const Execution& execution,
                 const Branch& branch, const MapItem* item) {
  std::vector<Json::Member> members = {
      {"Execution", ExecutionContext(execution)},
      {"StateMachine", Json::Of({{"Id", Or(execution.names.workflow, execution.workflow)},
                                 {"Name", execution.workflow}})},
      {"State", StateContext(workflow.state(branch.state), branch)},
  };
  const language::State& state = workflow.state(branch.state);
  if (const auto* task = std::get_if<language::TaskState>(&state.detail);
      task != nullptr && task->resource.completion == language::Resource::Completion::kTaskToken) {
    members.emplace_back("Task", Json::Of({{"Token", TaskTokenOf(execution, branch)}}));
  }
  if (item == nullptr) item = NearestItem(execution, branch);
  Json context = Json::Object(std::move(members));
  return item == nullptr ? context : WithItem(context, *item);
}

// Developer Guide, "Context object data for Map states".
Json WithItem(const Json& context, const MapItem& item) {
  std::vector<Json::Member> members = {{"Index", item.index}};
  if (item.key) members.emplace_back("Key", *item.key);
  members.emplace_back("Value", item.value);
  if (!item.source.empty()) members.emplace_back("Source", item.source);
  return context.With("Map", Json::Of({{"Item", Json::Object(std::move(members))}}));
}

}  // namespace segue::engine
