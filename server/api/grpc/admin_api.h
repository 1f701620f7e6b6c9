#pragma once

#include <memory>

#include "server/api/grpc/rpc.h"
#include "server/api/grpc/server_info.h"
#include "services/registry/service_registry.h"

namespace segue::api {

// segue.v1.AdminService over the service registry.
class AdminApi {
 public:
  AdminApi(services::ServiceRegistry& registry, const ServerInfo& info);
  ~AdminApi();

  grpc::Service& service();
  // Begins to take calls on `loop`, from its thread. After the server has started.
  void Accept(const Loop& loop);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace segue::api
