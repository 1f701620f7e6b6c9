#pragma once

#include <string_view>

#include "absl/status/status.h"
#include "absl/time/time.h"

namespace segue::api {

// Told of every RPC that was served; on the loop's thread. `method` is "package.Service/Method".
class RpcObserver {
 public:
  virtual ~RpcObserver() = default;
  virtual void OnCall(std::string_view method, absl::StatusCode code, absl::Duration duration) = 0;
};

}  // namespace segue::api
