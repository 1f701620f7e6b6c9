#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/async/executor.h"
#include "server/async/task.h"
#include "server/base/ids.h"
#include "server/base/json.h"
#include "server/base/outcome.h"
#include "server/engine/event.h"
#include "server/engine/limits.h"
#include "server/scheduler/catalog/arn.h"
#include "server/scheduler/catalog/catalog.h"
#include "server/scheduler/catalog/state_machine.h"
#include "server/scheduler/map_run/map_run.h"
#include "server/scheduler/observer.h"
#include "server/scheduler/requests.h"
#include "server/store/store.h"
#include "services/connector/object_store.h"
#include "services/registry/task_runner.h"

namespace segue::scheduler {

struct Options {
  // A sleeping execution leaves memory when it will not wake within this.
  absl::Duration eviction_idle = absl::Seconds(1);
  // Wakes due within this are held in memory; later ones are found by scans of the store.
  absl::Duration wake_window = absl::Seconds(60);
  // Closed executions are kept this long.
  absl::Duration retention = absl::Hours(720);
  absl::Duration retention_interval = absl::Minutes(1);
  // How long after its end an execution can be redriven, while it is retained (AWS: 14 days).
  absl::Duration redrivable_period = absl::Hours(14 * 24);
  // Closed EXPRESS executions that can still be read, per shard; the oldest go first.
  int closed_express_max = 10'000;
  // Bounds of what a caller may send.
  int64_t max_definition_bytes = 1 << 20;
  int64_t max_input_bytes = 256 << 10;
  // Bounds of what an execution may hold.
  engine::Limits limits;
  // Open executions that a shard holds in memory; beyond, submits are refused with
  // RESOURCE_EXHAUSTED.
  int64_t max_in_memory = 1'000'000;
  // Submits of a shard that are not durable yet; beyond, likewise. So the wait for the store, of
  // those that are accepted, is bounded.
  int64_t max_pending_submits = 10'000;
  // The region and account in ARNs.
  ArnScope arns;
};

class Shard;
struct Admission;

// Runs executions: the shards, and the one door to them. What the APIs call.
//
// Threads: every method is called on one of the executors given at construction, and resumes its
// caller there; the work is done on the shard that owns the execution. Errors carry an ErrorDetail
// (server/base/error.h): NotFound (EXECUTION_NOT_FOUND, WORKFLOW_NOT_FOUND), InvalidArgument,
// AlreadyExists (another body under a used id), FailedPrecondition, Unavailable (draining, or the
// commit's outcome is not known: send again), ResourceExhausted.
class Scheduler {
 public:
  struct Dependencies {
    std::vector<async::Executor*> executors;  // one a shard; outlive the scheduler
    store::Store* store = nullptr;
    services::TaskRunner* runner = nullptr;
    Observer* observer = nullptr;
    services::ObjectStore* objects = nullptr;  // of ItemReader and ResultWriter; may be null
    uint64_t seed = 0;                         // of the ids that are generated
    std::string owner;                         // this server's name, for the store's fence
    // 32 random bytes: the secret behind task tokens, where the store has none yet.
    std::string fresh_token_key;
    // May be null. As long as it is true, submits are refused with RESOURCE_EXHAUSTED: whoever
    // watches the process's memory sets it.
    const std::atomic<bool>* memory_full = nullptr;
  };
  Scheduler(Dependencies dependencies, Options options);
  // Best after a Stop. Otherwise what waits is thrown away where it stands, as by a crash: the
  // executors run no more, and callers are gone.
  ~Scheduler();

  // Takes the slots, loads the workflows, then the executions that are active. `ready` is called
  // once, on one of the executors' threads, with the first error if there is one. Call it before
  // the executors run.
  void Start(absl::AnyInvocable<void(absl::Status)> ready);

  // Starts nothing new; submits get Unavailable, waits and watches end with it. Attempts that are
  // out may come back until `deadline`. Calls `stopped` on one of the executors' threads once all
  // is durable; recovery sends again what was out. The executors must run on until then.
  void Stop(absl::Time deadline, absl::AnyInvocable<void()> stopped);

  Catalog& catalog();
  // What the Step Functions API keeps beside the workflows.
  Book<Publication>& publications();
  Book<Activity>& activities();
  Book<Tags>& tags();
  const ArnScope& arns() const;

  // Small records of others (the budgets that were changed), kept in the same store. From any
  // thread; the callback comes on an executor's. ReadDocuments may come before Start; it reads at
  // most 10,000.
  void WriteDocument(store::DocumentWrite document,
                     absl::AnyInvocable<void(const absl::Status&)> written);
  void ReadDocuments(std::string collection,
                     absl::AnyInvocable<void(absl::StatusOr<std::vector<store::Document>>)> read);

  async::Task<absl::StatusOr<SubmitResult>> Submit(SubmitRequest request);
  // Of one that is prepared already: a child of a Map Run. Internal to the scheduler.
  async::Task<absl::StatusOr<SubmitResult>> Admit(std::unique_ptr<Admission> admission);
  // Detail of an execution. Closed ones are read from the store.
  async::Task<absl::StatusOr<ExecutionView>> Get(ExecutionId id, Detail detail);
  async::Task<absl::StatusOr<ExecutionView>> Cancel(ExecutionId id, engine::Cancelled reason);
  // Cancels what was started so and is open still. OK where nothing is: it has ended, or never was,
  // or the id is somebody else's. Internal to the scheduler.
  async::Task<absl::Status> EndStarted(StartedChild child);
  // OK where every shard is at work: what becomes of commits that failed is settled. Internal to
  // the scheduler.
  async::Task<absl::Status> AllAtWork();
  // An execution that ended without success goes on from where it stood (engine/redrive.h). With a
  // `token` it is safe to ask again within 15 minutes: nothing more happens then. Durable when
  // answered. FailedPrecondition (EXECUTION_NOT_REDRIVABLE) where it cannot be redriven.
  async::Task<absl::StatusOr<RedriveResult>> Redrive(ExecutionId id, std::string token);
  // The result of a task that waits for it by its token: of .waitForTaskToken, an activity or a
  // worker. Durable when answered. InvalidArgument (INVALID_TASK_TOKEN) for a token that was never
  // given out; NotFound (TASK_NOT_FOUND) where there is no such execution any more;
  // FailedPrecondition (TASK_GONE) where the task has ended, timed out or is tried again.
  async::Task<absl::Status> CompleteTask(std::string token, Outcome<Json> result);
  // Likewise; but who has completed the task already may say so again (after a crash, say), and is
  // answered as the first time.
  async::Task<absl::Status> SendResult(SentResult sent);
  // The task is being worked on: its HeartbeatSeconds begin anew. Errors as above.
  async::Task<absl::Status> HeartbeatTask(std::string token);
  // A Map Run by the uuid in its ARN, with its counts as they are now. NotFound
  // (MAP_RUN_NOT_FOUND).
  async::Task<absl::StatusOr<MapRun>> GetMapRun(std::string uuid);
  // Those of an execution, the newest first; at most 1,000.
  async::Task<absl::StatusOr<std::vector<MapRun>>> ListMapRuns(ExecutionId execution);
  // Holds at once. FailedPrecondition (MAP_RUN_CLOSED) where it has stopped.
  async::Task<absl::StatusOr<MapRun>> UpdateMapRun(std::string uuid, MapRunUpdate update);
  // Until it is closed, or `until`: the view then says which.
  async::Task<absl::StatusOr<ExecutionView>> Wait(ExecutionId id, Detail detail, absl::Time until);
  // Until there is an event with an id greater than `after`, or the status has changed, or `until`.
  // At most `limit` events come at once; ask again with the last one's id.
  struct WatchRequest {
    ExecutionId id;
    int64_t after = 0;
    absl::Time until;
    Detail detail = Detail::kBasic;
    int limit = 500;
  };
  async::Task<absl::StatusOr<WatchResult>> Watch(WatchRequest request);
  async::Task<absl::StatusOr<ListPage>> List(ListFilter filter, std::optional<ListCursor> after,
                                             int limit);
  // NotFound where there is no such execution; an EXPRESS one has no history.
  async::Task<absl::StatusOr<std::vector<engine::HistoryEvent>>> History(HistoryRequest request);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace segue::scheduler
