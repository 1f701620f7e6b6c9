#pragma once

#include "segue/v1/task_service.grpc.pb.h"
#include "server/api/grpc/rpc.h"
#include "server/async/task.h"
#include "services/connector/task_source.h"

namespace segue::api {

// Serves TaskService.PollTask calls, one after the other to be taken and any number at once, until
// the server shuts down. A poll whose caller has gone gets no task; a server that drains ends its
// polls without one.
async::Task<void> AcceptPolls(const Loop& loop, v1::TaskService::AsyncService& service,
                              services::TaskSource& tasks);

}  // namespace segue::api
