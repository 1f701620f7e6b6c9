#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "server/async/executor.h"
#include "server/async/one_shot.h"
#include "server/async/task.h"
#include "server/async/task_group.h"
#include "server/base/json.h"
#include "server/base/outcome.h"
#include "server/engine/map_run.h"
#include "server/scheduler/codec.h"
#include "server/scheduler/map_run/map_items.h"
#include "server/scheduler/map_run/map_run.h"
#include "server/scheduler/map_run/result_writer.h"
#include "server/scheduler/map_run/run_objects.h"
#include "server/scheduler/nested/leftover.h"
#include "server/scheduler/scheduler.h"
#include "server/store/store.h"
#include "services/connector/object_store.h"

namespace segue::scheduler {

struct Admission;

// Runs one Map Run: takes the items one after the other, starts a child execution for each (or each
// batch), as many at a time as MaxConcurrency allows, and gathers their results. The ids of the
// children follow from the run's, and starting one again finds it, so after a crash a new driver
// just begins from the first item. What it holds is bounded by the children at work, the items
// themselves and, without a ResultWriter, the result array, which is let go once it is too large.
//
// Threads: its executor's, the shard's that owns the Map's execution.
// Ownership: held by shared pointers, its own coroutine among them.
class MapRunDriver : public std::enable_shared_from_this<MapRunDriver> {
 public:
  // The most children at work at a time, where MaxConcurrency allows more.
  static constexpr int64_t kConcurrencyMax = 1000;

  struct Dependencies {
    Scheduler& scheduler;
    async::Executor& executor;
    services::ObjectStore* objects = nullptr;  // of ItemReader and ResultWriter; may be null
    // Makes documents durable.
    absl::AnyInvocable<async::Task<absl::Status>(std::vector<store::DocumentWrite>)> write;
    // The stored record of a run.
    absl::AnyInvocable<async::Task<absl::StatusOr<std::optional<std::string>>>(std::string)> read;
    // Ends the children of a run ("label:uuid") that are open.
    absl::AnyInvocable<async::Task<absl::Status>(std::string)> end_children;
    // Counts those of a run that has stopped, as they ended.
    absl::AnyInvocable<async::Task<absl::Status>(StartedMapRun, MapRun*)> count_children;
  };
  MapRunDriver(Dependencies dependencies, MapScene scene, InlineDefinition definition);

  // The result of the Map's attempt; nothing where the run was abandoned, or aborted.
  async::Task<std::optional<Outcome<Json>>> Run();

  // The Map no longer wants it: children at work are cancelled. Also of a run that was abandoned
  // because its shard reset: nobody takes that up again.
  void Abort();
  // The shard stops or resets: nothing is started and nothing is written any more; whoever recovers
  // takes it up again.
  void Abandon();
  // Nothing of it will run any more: lets go of its children's coroutines, which hold it.
  void ThrowAway() { tasks_.ThrowAway(); }
  // Holds at once; durable when answered. Unavailable until what is stored of the run was read:
  // that would hold in its place.
  async::Task<absl::Status> Update(MapRunUpdate update);

  // Not all of it until what is stored was read.
  const MapRun& view() const { return run_; }
  bool is_restored() const { return is_restored_; }

 private:
  enum class Stage { kRunning, kFailing, kAborted, kAbandoned };

  async::Task<Outcome<RunItems>> OpenItems();
  async::Task<bool> HoldItems(Json items);
  std::optional<WorkflowError> OpenWriter();
  async::Task<void> Write(engine::Execution closed);
  void Fail(WorkflowError error);
  async::Task<Outcome<Json>> RunAll();
  async::Task<int64_t> StartChildren(ChildInputs* inputs);
  async::Task<void> KeepTheRest(ChildInputs* inputs, int64_t index);
  async::Task<std::optional<ExecutionView>> FindEnded(int64_t index);
  async::Task<void> RunChild(std::shared_ptr<MapRunDriver> self, int64_t index,
                             ChildInputs::Child child);
  // A child from where it is counted as running.
  struct AtWork {
    int64_t index = 0;
    int64_t items = 0;
    bool is_begun = false;
  };
  async::Task<std::optional<ExecutionView>> StartAndWait(AtWork* child, Json input);
  Admission AdmissionFor(int64_t index, Json input) const;
  int64_t MapRunCounts::* CounterBefore(int64_t index, const engine::Execution& child) const;
  void Begin(AtWork* child, const engine::Execution& execution);
  async::Task<void> End(AtWork child, ExecutionView closed);
  void Keep(int64_t index, const engine::Execution& closed);
  bool ToleratesFailures() const;
  int64_t Limit() const;
  async::Task<void> CancelChild(ExecutionId id);
  void CancelChildren();
  async::Task<void> EndOthers();
  async::Task<void> CountAll();
  void Wake();
  async::Task<void> SleepUntilWoken();
  // False where it ends before that could be read.
  async::Task<bool> RestoreSettings();
  async::Task<absl::Status> Save();
  async::Task<void> SaveUntilDurable();
  Outcome<Json> Result();

  Dependencies deps_;
  const MapScene scene_;
  const InlineDefinition definition_;
  std::optional<engine::MapRunPlan> plan_;
  MapRun run_;
  Stage stage_ = Stage::kRunning;
  bool is_restored_ = false;
  bool has_predecessor_ = false;  // a driver before this one may have started children
  int64_t at_work_ = 0;
  std::set<ExecutionId> children_;      // of those at work, that have been started
  std::optional<WorkflowError> error_;  // why it fails
  std::optional<RunObjects> objects_;
  std::optional<ResultWriter> writer_;
  std::vector<std::optional<Json>> results_;
  int64_t result_bytes_ = 0;
  async::OneShot<bool>* woken_ = nullptr;  // whom a child that ends wakes
  async::TaskGroup tasks_;
};

}  // namespace segue::scheduler
