#include "server/process/event_log.h"

#include <string>

#include "absl/strings/str_cat.h"

namespace segue::process {
namespace {

Json Text(const absl::Status& status) { return std::string(status.ToString()); }

}  // namespace

void EventLog::OnStarted(const engine::Execution& execution) {
  metrics_.OnStarted(execution);
  info_.open_executions.fetch_add(1, std::memory_order_relaxed);
}

void EventLog::OnClosed(const engine::Execution& execution) {
  metrics_.OnClosed(execution);
  info_.open_executions.fetch_sub(1, std::memory_order_relaxed);
}

void EventLog::OnRedriven(const engine::Execution& execution) {
  metrics_.OnRedriven(execution);
  info_.open_executions.fetch_add(1, std::memory_order_relaxed);
}

void EventLog::OnCommitFailed(int shard, const absl::Status& status) {
  metrics_.OnCommitFailed(shard, status);
  log_.Error("a commit failed: the shard recovers from the store",
             {{"shard", shard}, {"error", Text(status)}});
}

void EventLog::OnLoadFailed(const ExecutionId& id, const absl::Status& status) {
  metrics_.OnLoadFailed(id, status);
  if (absl::IsDataLoss(status)) {
    info_.store_faults.Add(absl::StrCat("execution ", id.value()), std::string(status.message()));
  }
  log_.Error("an execution cannot be read from the store: it stands still",
             {{"execution_id", id.value()}, {"error", Text(status)}});
}

void EventLog::OnRecordUnreadable(const std::string& record, const absl::Status& status) {
  metrics_.OnRecordUnreadable(record, status);
  info_.store_faults.Add(record, std::string(status.message()));
  log_.Error("a record cannot be read from the store: what needs it stands still",
             {{"record", record}, {"error", Text(status)}});
}

void EventLog::OnUpkeepFailed(int shard, const absl::Status& status) {
  metrics_.OnUpkeepFailed(shard, status);
  log_.Warning("reading the store failed: tried again later",
               {{"shard", shard}, {"error", Text(status)}});
}

void EventLog::OnRecovered(const Recovery& recovery) {
  metrics_.OnRecovered(recovery);
  info_.recovery_us.fetch_add(absl::ToInt64Microseconds(recovery.took));
  info_.open_executions.fetch_add(recovery.open_change);
  log_.Info("recovered", {{"shard", recovery.shard},
                          {"seconds", absl::ToDoubleSeconds(recovery.took)},
                          {"open", recovery.open},
                          {"active", recovery.active},
                          {"waking_soon", recovery.sleeping}});
}

void EventLog::OnInMemory(int shard, int64_t executions, int64_t change) {
  metrics_.OnInMemory(shard, executions, change);
  info_.loaded_executions.fetch_add(change, std::memory_order_relaxed);
}

}  // namespace segue::process
