#pragma once

#include <memory>

#include "server/api/grpc/rpc.h"
#include "server/base/clock.h"
#include "server/scheduler/scheduler.h"

namespace segue::api {

// segue.v1.ExecutionService over the scheduler.
class ExecutionApi {
 public:
  struct Limits {
    int max_pending_submits_per_stream = 1024;
  };
  ExecutionApi(scheduler::Scheduler& scheduler, const Clock& clock, Limits limits);
  ~ExecutionApi();

  grpc::Service& service();
  // Begins to take calls on `loop`, from its thread. After the server has started.
  void Accept(const Loop& loop);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace segue::api
