#pragma once

#include <memory>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "segue/config/v1/config.pb.h"
#include "server/base/clock.h"
#include "server/observability/log.h"

namespace segue::process {

// The whole server, wired: store, services, scheduler, API and metrics, each given what it needs.
//
// Threads: made, started, changed and drained by one thread, that of main; it makes the shards'
// own.
class ServerProcess {
 public:
  // Opens the store and the connectors. Errors say what to change.
  static absl::StatusOr<std::unique_ptr<ServerProcess>> Make(const config::v1::Config& config,
                                                             const Clock& clock,
                                                             observability::Log& log);
  ~ServerProcess();

  // Listens, recovers what was open, then serves. Blocks until then.
  absl::Status Start();

  // Takes up what may change while running: the services and the log's level. On an error, nothing
  // has changed.
  absl::Status Reload(const config::v1::Config& config);

  // NOT_SERVING first; no new work; what is under way may end until the configured drain timeout.
  // Blocks.
  void Drain();

 private:
  struct Impl;
  explicit ServerProcess(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace segue::process
