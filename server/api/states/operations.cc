#include "server/api/states/operations.h"

#include <algorithm>
#include <iterator>

namespace segue::api::states {
namespace {

struct Entry {
  std::string_view name;
  Operation operation;
};

// By name.
constexpr Entry kOperations[] = {
    {"CreateActivity", CreateActivity},
    {"CreateStateMachine", CreateStateMachine},
    {"CreateStateMachineAlias", CreateStateMachineAlias},
    {"DeleteActivity", DeleteActivity},
    {"DeleteStateMachine", DeleteStateMachine},
    {"DeleteStateMachineAlias", DeleteStateMachineAlias},
    {"DeleteStateMachineVersion", DeleteStateMachineVersion},
    {"DescribeActivity", DescribeActivity},
    {"DescribeExecution", DescribeExecution},
    {"DescribeMapRun", DescribeMapRun},
    {"DescribeStateMachine", DescribeStateMachine},
    {"DescribeStateMachineAlias", DescribeStateMachineAlias},
    {"DescribeStateMachineForExecution", DescribeStateMachineForExecution},
    {"GetActivityTask", GetActivityTask},
    {"GetExecutionHistory", GetExecutionHistory},
    {"ListActivities", ListActivities},
    {"ListExecutions", ListExecutions},
    {"ListMapRuns", ListMapRuns},
    {"ListStateMachineAliases", ListStateMachineAliases},
    {"ListStateMachineVersions", ListStateMachineVersions},
    {"ListStateMachines", ListStateMachines},
    {"ListTagsForResource", ListTagsForResource},
    {"PublishStateMachineVersion", PublishStateMachineVersion},
    {"RedriveExecution", RedriveExecution},
    {"SendTaskFailure", SendTaskFailure},
    {"SendTaskHeartbeat", SendTaskHeartbeat},
    {"SendTaskSuccess", SendTaskSuccess},
    {"StartExecution", StartExecution},
    {"StartSyncExecution", StartSyncExecution},
    {"StopExecution", StopExecution},
    {"TagResource", TagResource},
    {"TestState", TestState},
    {"UntagResource", UntagResource},
    {"UpdateMapRun", UpdateMapRun},
    {"UpdateStateMachine", UpdateStateMachine},
    {"UpdateStateMachineAlias", UpdateStateMachineAlias},
    {"ValidateStateMachineDefinition", ValidateStateMachineDefinition},
};

}  // namespace

Operation FindOperation(std::string_view name) {
  const auto* found = std::ranges::lower_bound(kOperations, name, {}, &Entry::name);
  const bool there = found != std::end(kOperations) && found->name == name;
  return there ? found->operation : nullptr;
}

}  // namespace segue::api::states
