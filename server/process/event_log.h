#pragma once

#include "server/api/grpc/server_info.h"
#include "server/observability/log.h"
#include "server/scheduler/observer.h"

namespace segue::process {

// Hears what the scheduler does: passes it on to the metrics, keeps what GetServerInfo shows, and
// logs what an operator should see.
class EventLog final : public scheduler::Observer {
 public:
  EventLog(scheduler::Observer& metrics, observability::Log& log, api::ServerInfo& info)
      : metrics_(metrics), log_(log), info_(info) {}

  void OnStarted(const engine::Execution& execution) override;
  void OnClosed(const engine::Execution& execution) override;
  void OnRedriven(const engine::Execution& execution) override;
  void OnCommit(const Commit& commit) override { metrics_.OnCommit(commit); }
  void OnCommitFailed(int shard, const absl::Status& status) override;
  void OnLoadFailed(const ExecutionId& id, const absl::Status& status) override;
  void OnRecordUnreadable(const std::string& record, const absl::Status& status) override;
  void OnUpkeepFailed(int shard, const absl::Status& status) override;
  void OnRecovered(const Recovery& recovery) override;
  void OnInMemory(int shard, int64_t executions, int64_t change) override;

 private:
  scheduler::Observer& metrics_;
  observability::Log& log_;
  api::ServerInfo& info_;
};

}  // namespace segue::process
