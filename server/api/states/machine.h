#pragma once

#include <string>
#include <string_view>

#include "server/api/states/call.h"
#include "server/scheduler/catalog/catalog.h"
#include "server/scheduler/catalog/state_machine.h"
#include "server/scheduler/nested/machine_target.h"

// A state machine as the operations see it: a workflow of the catalog.

namespace segue::api::states {

ApiError StateMachineDoesNotExist(std::string_view arn);

// The newest version of the machine that `member` of the input names.
ApiResult<scheduler::WorkflowVersionPtr> NewestOf(const Call& call, std::string_view member);

// What a start or a list names: a machine, one of its published versions, or an alias.
using Target = scheduler::MachineTarget;
ApiResult<Target> FindTarget(Call& call, std::string_view member);

// What has been published of the machine whose newest version is `newest`.
scheduler::Publication PublicationOf(const Call& call, const scheduler::WorkflowVersion& newest);
// A version for that version of the workflow, unless the newest one published is that already.
async::Task<ApiResult<scheduler::Publication::Version>> Publish(
    Call& call, scheduler::WorkflowVersionPtr version, std::string description);

// Names what an update made; empty for a machine that was never updated, as on AWS.
inline constexpr char kInitialRevision[] = "INITIAL";  // what callers may say for an empty one
std::string RevisionOf(const scheduler::WorkflowVersion& version);

// What both descriptions of a state machine show of a version.
Json Described(const scheduler::WorkflowVersion& version);

}  // namespace segue::api::states
