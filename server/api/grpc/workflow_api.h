#pragma once

#include <memory>

#include "server/api/grpc/rpc.h"
#include "server/scheduler/catalog/catalog.h"

namespace segue::api {

// segue.v1.WorkflowService over the catalog.
class WorkflowApi {
 public:
  explicit WorkflowApi(scheduler::Catalog& catalog);
  ~WorkflowApi();

  grpc::Service& service();
  // Begins to take calls on `loop`, from its thread. After the server has started.
  void Accept(const Loop& loop);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace segue::api
