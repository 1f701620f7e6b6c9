#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/async/executor.h"
#include "server/base/clock.h"
#include "server/base/mutex.h"
#include "services/registry/attempt.h"
#include "services/registry/observer.h"
#include "services/registry/service.h"
#include "services/registry/service_definition.h"
#include "services/registry/task_runner.h"

namespace segue::services {

// The services that attempts are made to: each with its connector, budget and queue. An attempt
// goes out when its service's budget lets it, and waits in the service's queue until then; what
// wakes it is an event (a call that ended, a timer for the next token, a changed budget), never a
// poll.
//
// A budget holds over all executors together. With a rate, a service begins without tokens when the
// server starts, so that the rate holds in windows over a restart as well (see TokenBucket). An
// attempt's time runs from the moment its call goes out; a connector that does not answer by then
// is cancelled and the attempt ends with States.Timeout, or with States.HeartbeatTimeout where the
// heartbeat is shorter. Its slot stays taken until the call has really ended.
//
// Threads: any; for one attempt, Start and Cancel on its executor's. One lock a service, held
// shortly; no lock is held while `done`, the observer or a connector is called. `save_override` is
// called one at a time, in the order of the changes, and must not change budgets or the
// configuration itself.
// Ownership: the clock, the executors and the observer outlive it; it is destroyed when no loop
// runs any more. Calls that are under way then are destroyed as they stand.
// Errors: of a call, values (see Connector); of the admin's functions, Status, and nothing has
// changed then.
class ServiceRegistry final : public TaskRunner {
 public:
  // Told once, on any thread: the change is durable, or why it may not be.
  using Saved = absl::AnyInvocable<void(const absl::Status&)>;
  // Makes a changed budget durable; nothing: there is none any more for this service.
  using SaveOverride = std::function<void(const std::string& service,
                                          const std::optional<BudgetOverride>& made, Saved saved)>;

  struct Options {
    const Clock& clock;
    async::Executor& home;  // where the services' own timers run
    Observer* observer = nullptr;
    SaveOverride save_override = nullptr;
  };

  explicit ServiceRegistry(Options options);
  ~ServiceRegistry() override;

  // TaskRunner.
  AttemptHandle Start(AttemptRequest request, async::Executor& executor, Done done) override;
  void Cancel(AttemptHandle handle) override;
  std::optional<WaitReason> Explain(AttemptHandle handle) const override;
  std::optional<std::string> Check(const std::string& service,
                                   const std::string& method) const override;

  // Makes the services what the list says, at once. What is new can be called; what is changed is
  // called the new way from now on; what is gone finishes its calls, and fails its queue with
  // kUnknownServiceError. A budget that was set at run time stays, unless the configured one
  // changed. InvalidArgument for a budget that FindFault refuses and for a name that comes twice.
  absl::Status ApplyConfig(std::vector<ServiceDefinition> definitions);

  // At the start, after ApplyConfig: what `save_override` was given. Those that are out of date are
  // left out.
  void RestoreOverrides(const std::vector<BudgetOverride>& overrides);

  // By name.
  std::vector<ServiceInfo> List() const;
  // NotFound without it.
  absl::StatusOr<ServiceInfo> Get(const std::string& service) const;
  // Holds at once for all that waits; what is under way goes on. `saved` says when it holds beyond
  // a restart as well; it is not called where this returns an error: NotFound without the service;
  // InvalidArgument as FindFault says; Aborted where `etag` is given and not current.
  struct BudgetChange {
    std::string service;
    BudgetLimits budget;
    std::string etag;
  };
  absl::StatusOr<ServiceInfo> UpdateBudget(const BudgetChange& change, Saved saved);

  // For the end of the server. No call begins from now on; what waits, and what comes, stays
  // silently: it is durable in the scheduler and starts again with the next server.
  void StopAdmission() { environment_.drain.Stop(); }
  int64_t calls_under_way() const { return environment_.drain.under_way(); }
  // After StopAdmission: posts `callback` to `executor` as soon as no call is under way.
  void WhenQuiet(async::Executor& executor, async::Callback callback) {
    environment_.drain.WhenQuiet(executor, std::move(callback));
  }
  // Cancels the calls that run on this executor, on its thread; their `done` is not called.
  void CancelCalls(const async::Executor& executor);

 private:
  struct Entry {
    Service* service = nullptr;
    uint64_t number = 0;  // its place in services_
  };
  Entry EntryOf(const std::string& name) const ABSL_SHARED_LOCKS_REQUIRED(mutex_);
  Service* Find(const std::string& name) const;
  Service* OfHandle(AttemptHandle handle) const;
  Service* FindOrMake(const std::string& name);
  std::vector<Service*> All() const;
  void Save(const std::string& service, const std::optional<BudgetOverride>& made, Saved saved);
  void SaveNone(const std::string& service);

  Environment environment_;
  SaveOverride save_override_;
  Mutex admin_mutex_;  // one change of budgets or configuration at a time
  mutable Mutex mutex_;
  // Services stay for ever: handles name them by number. The first is the one that is never
  // defined.
  std::vector<std::unique_ptr<Service>> services_ ABSL_GUARDED_BY(mutex_);
  absl::flat_hash_map<std::string, Entry> by_name_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace segue::services
