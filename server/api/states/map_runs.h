#pragma once

#include "server/api/states/call.h"
#include "server/scheduler/map_run.h"

namespace segue::api::states {

// The run that `mapRunArn` of the input names.
async::Task<ApiResult<scheduler::MapRun>> FindMapRun(Call& call);

}  // namespace segue::api::states
