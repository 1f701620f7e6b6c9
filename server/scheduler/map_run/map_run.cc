#include "server/scheduler/map_run/map_run.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "segue/storage/v1/records.pb.h"

namespace segue::scheduler {
namespace {

void Encode(const MapRunCounts& counts, storage::v1::MapRunCountsRecord* record) {
  record->set_pending(counts.pending);
  record->set_running(counts.running);
  record->set_succeeded(counts.succeeded);
  record->set_failed(counts.failed);
  record->set_timed_out(counts.timed_out);
  record->set_aborted(counts.aborted);
  record->set_results_written(counts.results_written);
  record->set_pending_redrive(counts.pending_redrive);
  record->set_failures_not_redrivable(counts.failures_not_redrivable);
}

MapRunCounts Decode(const storage::v1::MapRunCountsRecord& record) {
  return {.pending = record.pending(),
          .running = record.running(),
          .succeeded = record.succeeded(),
          .failed = record.failed(),
          .timed_out = record.timed_out(),
          .aborted = record.aborted(),
          .pending_redrive = record.pending_redrive(),
          .results_written = record.results_written(),
          .failures_not_redrivable = record.failures_not_redrivable()};
}

// Where one counts that ended so.
int64_t MapRunCounts::* CounterOf(engine::ExecutionStatus status) {
  switch (status) {
    case engine::ExecutionStatus::kSucceeded:
      return &MapRunCounts::succeeded;
    case engine::ExecutionStatus::kFailed:
      return &MapRunCounts::failed;
    case engine::ExecutionStatus::kTimedOut:
      return &MapRunCounts::timed_out;
    case engine::ExecutionStatus::kCancelled:
    case engine::ExecutionStatus::kRunning:
      return &MapRunCounts::aborted;
  }
  return &MapRunCounts::aborted;
}

}  // namespace

void CountChild(MapRun& run, const ExecutionView& child, int64_t items) {
  const engine::Execution& execution = child.execution;
  int64_t MapRunCounts::* const counter = CounterOf(execution.status);
  run.items.*counter += items;
  ++(run.executions.*counter);
  const bool is_final = execution.status != engine::ExecutionStatus::kSucceeded &&
                        execution.type == engine::ExecutionType::kStandard &&
                        !child.redrive_fault.empty();
  if (!is_final) return;
  run.items.failures_not_redrivable += items;
  ++run.executions.failures_not_redrivable;
}

std::string KeyInExecution(const MapRun& run) {
  const int64_t until_the_end = INT64_MAX - absl::ToUnixMicros(run.start_time);
  return absl::StrFormat("%s/%019d/%s", run.execution.value(), until_the_end, run.uuid);
}

std::string UuidOfRun(std::string_view id) {
  const size_t colon = id.find(':');
  return colon == id.npos ? "" : std::string(id.substr(colon + 1));
}

std::string EncodeMapRun(const MapRun& run) {
  storage::v1::MapRunRecord record;
  record.set_label(run.label);
  record.set_execution(run.execution.value());
  record.set_workflow(run.workflow);
  record.set_execution_arn(run.execution_arn);
  record.set_status(static_cast<int>(run.status));
  record.set_start_time_us(absl::ToUnixMicros(run.start_time));
  if (run.stop_time) record.set_stop_time_us(absl::ToUnixMicros(*run.stop_time));
  record.set_max_concurrency(run.max_concurrency);
  if (run.tolerance.count) record.set_tolerated_failure_count(*run.tolerance.count);
  if (run.tolerance.percentage) {
    record.set_tolerated_failure_percentage(*run.tolerance.percentage);
  }
  record.set_items_fingerprint(run.items_fingerprint);
  record.set_redrive_count(run.redrive_count);
  if (run.redrive_time) record.set_redrive_time_us(absl::ToUnixMicros(*run.redrive_time));
  Encode(run.items, record.mutable_items());
  Encode(run.executions, record.mutable_executions());
  Encode(run.items_before, record.mutable_items_before());
  Encode(run.executions_before, record.mutable_executions_before());
  return record.SerializeAsString();
}

absl::StatusOr<MapRun> DecodeMapRun(const std::string& uuid, const std::string& bytes) {
  storage::v1::MapRunRecord record;
  if (!record.ParseFromString(bytes)) {
    return absl::DataLossError(
        absl::StrCat("the stored record of Map Run ", uuid, " cannot be read"));
  }
  MapRun run{.uuid = uuid,
             .label = record.label(),
             .execution = ExecutionId(record.execution()),
             .workflow = record.workflow(),
             .execution_arn = record.execution_arn(),
             .status = static_cast<MapRunStatus>(record.status()),
             .start_time = absl::FromUnixMicros(record.start_time_us())};
  if (record.has_stop_time_us()) run.stop_time = absl::FromUnixMicros(record.stop_time_us());
  run.max_concurrency = record.max_concurrency();
  if (record.has_tolerated_failure_count()) {
    run.tolerance.count = record.tolerated_failure_count();
  }
  if (record.has_tolerated_failure_percentage()) {
    run.tolerance.percentage = record.tolerated_failure_percentage();
  }
  run.items_fingerprint = record.items_fingerprint();
  run.redrive_count = record.redrive_count();
  if (record.has_redrive_time_us()) {
    run.redrive_time = absl::FromUnixMicros(record.redrive_time_us());
  }
  run.items = Decode(record.items());
  run.executions = Decode(record.executions());
  run.items_before = Decode(record.items_before());
  run.executions_before = Decode(record.executions_before());
  return run;
}

}  // namespace segue::scheduler
