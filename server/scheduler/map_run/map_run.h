#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/base/ids.h"
#include "server/engine/map_input.h"
#include "server/scheduler/requests.h"

// A Map Run as the APIs see it: the run of a distributed Map, whose items are executions of their
// own (engine/map_run.h).

namespace segue::scheduler {

enum class MapRunStatus { kRunning, kSucceeded, kFailed, kAborted };

// Of items or of child executions: each counts in one of pending ... pending_redrive.
struct MapRunCounts {
  int64_t pending = 0;
  int64_t running = 0;
  int64_t succeeded = 0;
  int64_t failed = 0;
  int64_t timed_out = 0;
  int64_t aborted = 0;
  int64_t pending_redrive = 0;  // without success so far, until the redrive comes to it
  int64_t results_written = 0;
  int64_t failures_not_redrivable = 0;  // of failed, timed_out and aborted

  int64_t begun() const {
    return running + succeeded + failed + timed_out + aborted + pending_redrive;
  }
  int64_t total() const { return pending + begun(); }
  int64_t unsuccessful() const { return failed + timed_out; }

  // What a redrive begins with: what has succeeded stays, all else that was begun waits for it
  // (Developer Guide, "Redriving Map Runs").
  MapRunCounts AtRedrive() const {
    return {.succeeded = succeeded, .pending_redrive = begun() - succeeded};
  }
};

struct MapRun {
  std::string uuid;
  std::string label;
  ExecutionId execution;  // the Map's own
  std::string workflow;   // its workflow's name
  std::string execution_arn;
  MapRunStatus status = MapRunStatus::kRunning;
  absl::Time start_time;
  std::optional<absl::Time> stop_time;
  int64_t redrive_count = 0;
  std::optional<absl::Time> redrive_time;  // of the last one
  int64_t max_concurrency = 0;             // 0: any number
  engine::Tolerance tolerance;
  uint64_t items_fingerprint = 0;  // of the items that its reader brought; 0: none yet
  MapRunCounts items;
  MapRunCounts executions;
  // As the last redrive found them.
  MapRunCounts items_before;
  MapRunCounts executions_before;

  std::string id() const { return label + ":" + uuid; }
};

// Counts a child that has ended, and the items it was given, as what became of it.
void CountChild(MapRun& run, const ExecutionView& child, int64_t items);

// What can be changed while it runs; absent: unchanged.
struct MapRunUpdate {
  std::optional<int64_t> max_concurrency;
  std::optional<int64_t> tolerated_failure_count;
  std::optional<double> tolerated_failure_percentage;
};

// Their record in the store.
std::string EncodeMapRun(const MapRun& run);
absl::StatusOr<MapRun> DecodeMapRun(const std::string& uuid, const std::string& record);

// The collections of documents: the runs by uuid, and the uuids by KeyInExecution.
inline constexpr char kMapRuns[] = "map_run";
inline constexpr char kMapRunsOfExecutions[] = "map_run_of_execution";

// "execution/time/uuid": the newest of an execution first.
std::string KeyInExecution(const MapRun& run);

// The uuid in a run's id; empty where it is not one. An execution is in the store's index under its
// run's id, or else under its workflow's name, which has no colon.
std::string UuidOfRun(std::string_view id);

}  // namespace segue::scheduler
