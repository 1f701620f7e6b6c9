#pragma once

#include "segue/v1/execution_service.grpc.pb.h"
#include "server/api/grpc/rpc.h"
#include "server/async/task.h"
#include "server/scheduler/scheduler.h"

namespace segue::api {

// ExecutionService.WatchExecution: waits for calls until the server shuts down.
async::Task<void> AcceptWatches(const Loop& loop, v1::ExecutionService::AsyncService& service,
                                scheduler::Scheduler& scheduler);

}  // namespace segue::api
