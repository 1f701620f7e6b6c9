#pragma once

#include "segue/v1/execution_service.grpc.pb.h"
#include "server/api/grpc/rpc.h"
#include "server/async/task.h"
#include "server/scheduler/scheduler.h"

namespace segue::api {

// ExecutionService.SubmitWorkflows: waits for streams until the server shuts down. A stream is read
// on while fewer than `pending_max` of its submits are unanswered.
async::Task<void> AcceptSubmitStreams(const Loop& loop, v1::ExecutionService::AsyncService& service,
                                      scheduler::Scheduler& scheduler, int pending_max);

}  // namespace segue::api
