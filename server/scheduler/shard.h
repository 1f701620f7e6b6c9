#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/async/executor.h"
#include "server/async/one_shot.h"
#include "server/async/task.h"
#include "server/async/task_group.h"
#include "server/engine/event.h"
#include "server/engine/task_token.h"
#include "server/scheduler/catalog/catalog.h"
#include "server/scheduler/live.h"
#include "server/scheduler/nested/leftover.h"
#include "server/scheduler/nested/nested.h"
#include "server/scheduler/observer.h"
#include "server/scheduler/requests.h"
#include "server/scheduler/scheduler.h"
#include "server/scheduler/turn.h"
#include "server/scheduler/wakes.h"
#include "server/store/store.h"
#include "services/connector/object_store.h"
#include "services/registry/task_runner.h"

namespace segue::scheduler {

// A submit that has passed all checks: the execution as it will start.
struct Admission {
  engine::Execution execution;
  language::WorkflowPtr workflow;
  InlineDefinition definition;
  std::shared_ptr<services::HttpTrace> trace;  // see SubmitRequest
  // Whether the id may be in use: the caller chose it. A generated one is new.
  enum class Id { kGenerated, kChosen } id = Id::kGenerated;
};

// Owns the executions of some slots, on one thread. An event is applied to its execution at once;
// what it changed is committed at the end of the executor's turn together with all else that
// changed, one commit at a time; its effects go out once that is durable.
//
// A commit that fails leaves it unknown what is durable: the shard then forgets everything in
// memory, takes its slots anew, which fences off the failed commit should it still be on its way,
// and recovers from the store.
//
// Threads: all methods on the executor's, which is the caller's.
class Shard {
 public:
  struct Dependencies {
    int index = 0;
    SlotRange slots;
    async::Executor* executor = nullptr;
    store::Store* store = nullptr;
    services::TaskRunner* runner = nullptr;
    const Catalog* catalog = nullptr;
    const engine::Activities* activities = nullptr;
    const std::string* token_key = nullptr;  // see engine::Execution; there by Start
    Observer* observer = nullptr;
    services::ObjectStore* objects = nullptr;  // of Map Runs; may be null
    Scheduler* scheduler = nullptr;            // whose shard this is: for nested executions
    std::string owner;
    const std::atomic<bool>* memory_full = nullptr;
  };
  Shard(Dependencies dependencies, const Options& options);
  ~Shard();

  // Takes the slots from whoever had them.
  absl::Status Acquire();
  // Loads what was active and sends its attempts again. The catalog is loaded by then. Where the
  // store has damage there this shard stands still, and looks again from time to time, while the
  // others go on.
  async::Task<absl::Status> Start();
  // Starts nothing new, ends waits, gives attempts that are out until `deadline` to come back, then
  // calls `stopped` once all is durable and nothing of this shard runs any more. Recovery sends
  // again what was out.
  void Stop(absl::Time deadline, absl::AnyInvocable<void()> stopped);

  // Begins what is done from time to time: looking ahead for wakes, removing what retention lets
  // go.
  void StartUpkeep();

  async::Task<absl::StatusOr<SubmitResult>> Admit(Admission admission);
  async::Task<absl::StatusOr<ExecutionView>> Get(ExecutionId id, Detail detail);
  async::Task<absl::StatusOr<ExecutionView>> Cancel(ExecutionId id, engine::Cancelled reason);
  async::Task<absl::Status> EndStarted(StartedChild child);
  async::Task<absl::StatusOr<RedriveResult>> Redrive(ExecutionId id, std::string token);
  async::Task<absl::StatusOr<ExecutionView>> Wait(ExecutionId id, Detail detail, absl::Time until);
  async::Task<absl::StatusOr<WatchResult>> Watch(Scheduler::WatchRequest request);

  // See Scheduler.
  async::Task<absl::Status> CompleteTask(engine::TaskToken token, engine::TaskCompleted event);
  async::Task<absl::Status> HeartbeatTask(engine::TaskToken token);

  // Nothing where no such run is at work here.
  async::Task<std::optional<MapRun>> FindMapRun(ExecutionId execution, std::string uuid);
  async::Task<absl::Status> UpdateMapRun(ExecutionId execution, std::string uuid,
                                         MapRunUpdate update);

  // Writes documents under this shard's fence.
  async::Task<absl::Status> CommitDocuments(std::vector<store::DocumentWrite> documents);

  // OK where it is at work: not starting, recovering or stopping.
  absl::Status Admissible() const;

  // For the executor's turn-end hook.
  void EndTurn();

 private:
  enum class State { kStarting, kRunning, kResetting, kStopping };

  // shard.cc: events, commits, effects.
  void Apply(Live& live, const engine::Event& event);
  void FlushTurn();
  void OnCommitted(const absl::Status& status);
  void Perform(const ExecutionId& id, engine::Effect& effect);
  Live* FindAwaiting(const ExecutionId& id);
  void StartAttempt(Live& live, const engine::StartAttempt& effect);
  void OnAttemptStarted(const ExecutionId& id, const engine::AttemptStarted& started);
  void RecordStarts();
  void OnAttemptFinished(const ExecutionId& id, engine::AttemptId attempt,
                         services::AttemptResult result);
  void Settle(Live& live);
  void Notify(Live& live, Watcher::Signal signal);
  void TellStarted(const engine::Execution& execution);
  void Close(Live& live);
  void SetWake(Live& live, std::optional<absl::Time> at);
  void ReleaseExpress();
  async::Task<absl::Status> Durable(uint64_t turn);
  absl::Time Now() const;

  // A read of the store that is old once its execution has left memory meanwhile.
  struct Reading {
    const ExecutionId& id;
    bool old = false;
  };
  std::unique_ptr<Live> Forget(const ExecutionId& id);

  // recovery.cc: loading, waking, resetting.
  async::Task<absl::StatusOr<Live*>> Load(ExecutionId id);
  // What of a closed execution; of an open one it is always all.
  enum class Part { kHead, kAll };
  async::Task<absl::StatusOr<std::unique_ptr<Live>>> Read(ExecutionId id, Part part);
  async::Task<absl::StatusOr<Live*>> LoadNow(ExecutionId id);
  void OnDue(const ExecutionId& id);
  async::Task<void> WakeUp(ExecutionId id);
  async::Task<absl::StatusOr<int64_t>> ScanWakes(absl::Time until);
  // Of one execution: what is to be sent again.
  struct Out {
    ExecutionId id;
    std::vector<engine::StartAttempt> attempts;
    std::vector<engine::AttemptId> runs;
  };
  static Out OutOf(const Live& live);
  void Resume(const Out& out);
  async::Task<void> ExtendWindow();
  absl::StatusOr<language::WorkflowPtr> WorkflowOf(const Live& live) const;
  void Every(absl::Duration interval, async::Task<void> (Shard::*work)());
  async::Task<void> Repeat(absl::Duration interval, async::Task<void> (Shard::*work)());
  void Reset(const absl::Status& cause);
  async::Task<absl::Status> Recover();
  async::Task<void> RecoverAfterReset();
  void RecoverLater();
  void TryStop();
  int64_t ExpressOpen() const;
  std::vector<Live*> InOrder() const;

  using AttemptName = std::pair<ExecutionId, engine::AttemptId>;

  // leftovers.cc
  async::Task<void> NextEndOfWork(AttemptName name);
  void TellEndOfWork(const AttemptName& name);
  void AddLeftovers(const Live& live, const engine::Transition& transition);
  void BeginLeftover(Leftover leftover);
  async::Task<absl::StatusOr<std::vector<Leftover>>> ReadLeftovers();
  async::Task<void> FollowLeftover(Leftover leftover);
  async::Task<absl::Status> EndLeftover(const Leftover& leftover);
  async::Task<absl::Status> EndChild(AttemptName name, StartedChild child);
  async::Task<absl::Status> EndMapRun(AttemptName name, StartedMapRun run);
  async::Task<absl::Status> EndChildrenOf(std::string run);
  async::Task<absl::Status> CloseMapRun(StartedMapRun run);
  async::Task<absl::Status> CountChildren(StartedMapRun run, MapRun* stopped);
  bool HasLeftovers(const ExecutionId& execution) const;
  async::Task<void> NextEndOfLeftover(ExecutionId execution);

  // tasks.cc: tasks that others complete, and those that start executions.
  void StartNested(Live& live, const engine::StartAttempt& effect);
  struct NestedAttempt {
    ExecutionId id;
    engine::AttemptId attempt;
    uint64_t nested = 0;  // Outstanding::nested
  };
  async::Task<void> FollowNested(NestedAttempt made, NestedCall call);
  async::Task<absl::StatusOr<Live*>> LoadAwaited(engine::TaskToken token);
  async::Task<absl::Status> ApplyToTask(engine::TaskToken token, engine::Event event);
  async::Task<absl::StatusOr<bool>> HasResultFrom(ExecutionId id, std::string sender);

  // redrive.cc
  async::Task<absl::StatusOr<std::unique_ptr<Live>>> ReadClosed(ExecutionId id);
  async::Task<absl::StatusOr<RedriveResult>> Reopen(ExecutionId id, engine::Redriven redriven);
  async::Task<absl::StatusOr<std::optional<SubmitResult>>> ReopenForRun(const Admission& admission,
                                                                        SubmitResult existing);
  std::string RedriveFaultOf(const Live& live) const;
  bool WasRedriven(const ExecutionId& id) const;
  bool IsBeingRemoved(const ExecutionId& id) const;
  void TellRedriven(const engine::Execution& execution);

  // map_runs.cc
  void StartMapRun(Live& live, engine::AttemptId attempt);
  async::Task<void> FollowMapRun(ExecutionId id, engine::AttemptId attempt,
                                 std::shared_ptr<MapRunDriver> run);
  std::shared_ptr<MapRunDriver> RunAtWork(const ExecutionId& execution, const std::string& uuid);
  async::Task<absl::StatusOr<std::optional<std::string>>> ReadMapRun(std::string uuid);

  // retention.cc
  async::Task<void> Retain();
  async::Task<absl::Status> RemoveAll(std::vector<store::Store::ClosedRow> rows,
                                      absl::Time closed_before);
  async::Task<absl::StatusOr<bool>> IsRunKept(std::string uuid, absl::Time closed_before);
  async::Task<absl::StatusOr<std::vector<store::DocumentWrite>>> RunDocuments(ExecutionId id);

  // queries.cc: what callers ask.
  absl::Status HasRoom(const engine::Execution& execution) const;
  Live* Find(const ExecutionId& id);
  ExecutionView ViewOf(const Live& live, Detail detail) const;
  async::Task<absl::StatusOr<std::optional<SubmitResult>>> Repeated(const Admission& admission);
  async::Task<Watcher::Signal> Await(Live& live, Watcher::Until what, absl::Time until);
  async::Task<absl::StatusOr<std::vector<engine::HistoryEvent>>> NewEvents(ExecutionId id,
                                                                           int64_t after,
                                                                           int limit);

  const Dependencies deps_;
  const Options& options_;
  State state_ = State::kStarting;
  store::Fence fence_;

  absl::flat_hash_map<ExecutionId, std::unique_ptr<Live>> live_;
  std::vector<Reading*> reading_;  // bounded by what loads at once
  uint64_t resets_ = 0;
  int64_t in_memory_told_ = 0;                        // to the observer
  std::deque<std::unique_ptr<Live>> closed_express_;  // the newest last; still readable
  Turn turn_;                                         // gathers
  std::optional<Turn> committing_;                    // the turn before, while it is being written
  uint64_t durable_ = 0;                              // the newest turn that is durable
  // Effects of EXPRESS executions, which wait for nothing.
  std::vector<std::pair<ExecutionId, engine::Effect>> express_effects_;
  std::vector<ExecutionId> express_changed_;
  std::vector<Leftover> express_leftovers_;
  uint64_t nested_made_ = 0;
  // Executions with calls that went out and are in no history yet; a timer is set while there are
  // any.
  std::vector<ExecutionId> unrecorded_starts_;

  Wakes wakes_;
  // What this process does for attempts that call no service, and those that were given up among
  // them.
  struct AtWork {
    int calls = 0;                                    // to the scheduler
    std::vector<std::shared_ptr<MapRunDriver>> runs;  // the first is at work, the others wait
    std::vector<async::OneShot<bool>*> waiting;       // for the end of one of these
  };
  std::map<AttemptName, AtWork> at_work_;
  // Those that are followed, by KeyOf, with who waits for their end.
  std::map<std::string, std::vector<async::OneShot<bool>*>> leftovers_;
  // What was redriven not long ago, with its turn: what retention read before may be old.
  std::vector<std::pair<uint64_t, ExecutionId>> redriven_;

  absl::Time window_end_;  // wakes until then are in wakes_
  int64_t open_told_ = 0;  // executions that the observer believes to be open
  absl::Duration reset_backoff_;
  absl::Status reset_cause_;     // why the shard resets, while it does
  int64_t pending_submits_ = 0;  // that wait to be durable
  async::TaskGroup tasks_;
  absl::Time stop_deadline_;
  absl::AnyInvocable<void()> stopped_;
};

}  // namespace segue::scheduler
