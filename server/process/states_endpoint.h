#pragma once

#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "segue/config/v1/config.pb.h"
#include "server/api/states/http_server.h"
#include "server/api/states/states_api.h"
#include "server/base/clock.h"
#include "server/observability/log.h"
#include "server/observability/metrics.h"

namespace segue::process {

// The HTTP endpoint: the Step Functions API behind a server of its own. Absent where the
// configuration switches it off.
//
// Threads: as HttpServer. Ownership: what runs in the lanes works with it until the scheduler has
// stopped and the loops have ended.
class StatesEndpoint {
 public:
  // Listens at once and asks callers to come back until SetReady. Null where it is off. Warns where
  // everybody could call.
  static absl::StatusOr<std::unique_ptr<StatesEndpoint>> Make(
      const config::v1::Config& config, api::states::StatesApi::Dependencies dependencies,
      observability::Log& log);

  void SetReady();
  // No new request; answers go on.
  void Drain() { server_->Drain(); }
  // Blocks, up to `grace`, until what is under way has been answered.
  void Shutdown(absl::Duration grace) { server_->Shutdown(grace); }

 private:
  explicit StatesEndpoint(observability::Log& log) : log_(log) {}

  observability::Log& log_;
  std::unique_ptr<api::states::StatesApi> api_;
  std::unique_ptr<api::states::HttpServer> server_;
};

}  // namespace segue::process
