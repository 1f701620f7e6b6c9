#pragma once

#include <string_view>

#include "server/api/states/call.h"
#include "server/engine/execution.h"
#include "server/scheduler/map_run/map_run.h"

namespace segue::api::states {

// The status of a child that had no success, while its run is redriven and has not come to it again
// (Developer Guide, "Redriving Map Runs").
inline constexpr std::string_view kPendingRedrive = "PENDING_REDRIVE";
bool IsPendingRedrive(const scheduler::MapRun& run, const engine::Execution& child);

// The run that `mapRunArn` of the input names.
async::Task<ApiResult<scheduler::MapRun>> FindMapRun(Call& call);

}  // namespace segue::api::states
