#pragma once

#include <string_view>

#include "server/api/states/call.h"

// The operations of Step Functions' API, by what they work on (service-2.json names them).

namespace segue::api::states {

// state_machines.cc
async::Task<Answer> CreateStateMachine(Call& call);
async::Task<Answer> UpdateStateMachine(Call& call);
async::Task<Answer> DescribeStateMachine(Call& call);
async::Task<Answer> ListStateMachines(Call& call);
async::Task<Answer> DeleteStateMachine(Call& call);

// versions.cc
async::Task<Answer> PublishStateMachineVersion(Call& call);
async::Task<Answer> DeleteStateMachineVersion(Call& call);
async::Task<Answer> ListStateMachineVersions(Call& call);

// aliases.cc
async::Task<Answer> CreateStateMachineAlias(Call& call);
async::Task<Answer> UpdateStateMachineAlias(Call& call);
async::Task<Answer> DescribeStateMachineAlias(Call& call);
async::Task<Answer> DeleteStateMachineAlias(Call& call);
async::Task<Answer> ListStateMachineAliases(Call& call);

// tags.cc
async::Task<Answer> TagResource(Call& call);
async::Task<Answer> UntagResource(Call& call);
async::Task<Answer> ListTagsForResource(Call& call);

// activities.cc
async::Task<Answer> CreateActivity(Call& call);
async::Task<Answer> DescribeActivity(Call& call);
async::Task<Answer> DeleteActivity(Call& call);
async::Task<Answer> ListActivities(Call& call);

// task_tokens.cc
async::Task<Answer> GetActivityTask(Call& call);
async::Task<Answer> SendTaskSuccess(Call& call);
async::Task<Answer> SendTaskFailure(Call& call);
async::Task<Answer> SendTaskHeartbeat(Call& call);

// map_runs.cc
async::Task<Answer> DescribeMapRun(Call& call);
async::Task<Answer> ListMapRuns(Call& call);
async::Task<Answer> UpdateMapRun(Call& call);

// start_execution.cc
async::Task<Answer> StartExecution(Call& call);
async::Task<Answer> StartSyncExecution(Call& call);

// executions.cc
async::Task<Answer> StopExecution(Call& call);
async::Task<Answer> RedriveExecution(Call& call);
async::Task<Answer> DescribeExecution(Call& call);
async::Task<Answer> DescribeStateMachineForExecution(Call& call);
async::Task<Answer> ListExecutions(Call& call);
async::Task<Answer> GetExecutionHistory(Call& call);

// tests_of_definitions.cc
async::Task<Answer> TestState(Call& call);
async::Task<Answer> ValidateStateMachineDefinition(Call& call);

// nullptr where this server does not offer it.
Operation FindOperation(std::string_view name);

}  // namespace segue::api::states
