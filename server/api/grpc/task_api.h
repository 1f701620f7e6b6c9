#pragma once

#include <cstdint>
#include <memory>

#include "server/api/grpc/rpc.h"
#include "server/engine/limits.h"
#include "server/scheduler/scheduler.h"
#include "services/connector/task_source.h"

namespace segue::api {

// segue.v1.TaskService over the scheduler and the worker pool.
class TaskApi {
 public:
  struct Limits {
    int64_t result_bytes_max = engine::Limits().payload_bytes_max;
  };
  TaskApi(scheduler::Scheduler& scheduler, services::TaskSource& tasks, Limits limits);
  ~TaskApi();

  grpc::Service& service();
  // Begins to take calls on `loop`, from its thread. After the server has started.
  void Accept(const Loop& loop);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace segue::api
