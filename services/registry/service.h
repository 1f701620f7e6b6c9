#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/container/inlined_vector.h"
#include "absl/status/statusor.h"
#include "server/base/mutex.h"
#include "services/budget/admission.h"
#include "services/registry/attempt.h"
#include "services/registry/service_definition.h"
#include "services/registry/task_runner.h"

namespace segue::services {

// One service of the registry: its budget and queue under one lock, its attempts, its wake-up
// timer. It stays when it is retired, so that what is under way ends as usual and a service of that
// name can come back; while it is not defined, attempts fail with kUnknownServiceError.
//
// Threads: any, but for what attempt.h says about one attempt. No lock is held while an executor,
// an observer, a connector or `done` is called, except that the wake-up timer is set under it.
class Service {
 public:
  Service(Environment& environment, std::string name);
  ~Service();
  Service(const Service&) = delete;
  Service& operator=(const Service&) = delete;

  const std::string& name() const { return name_; }

  // The configuration.
  enum class Defined { kKeptOverride, kDroppedOverride, kHadNone };
  Defined Define(ServiceDefinition definition);
  // Whether it had an override.
  Defined Retire();

  // The admin's side. NotFound while not defined.
  static absl::Status NotFound(const std::string& service);
  absl::StatusOr<ServiceInfo> Info() const;
  // Aborted where `etag` is not empty and not current; nothing is changed then.
  absl::StatusOr<BudgetOverride> Override(const BudgetLimits& limits, const std::string& etag);
  // Takes an override back into use. False where it is out of date.
  bool Restore(const BudgetOverride& restored);
  // Null while not defined.
  std::shared_ptr<Connector> connector() const;

  // The scheduler's side.
  LeaseId Start(AttemptRequest request, async::Executor& executor, TaskRunner::Done done);
  void Cancel(LeaseId id);
  std::optional<WaitReason> Explain(LeaseId id) const;
  // Cancels the calls that run on this executor, on its thread.
  void CancelCalls(const async::Executor& executor);

  // The attempts' side.
  // The call is over, and the attempt may be gone after this.
  void CallEnded(Attempt& attempt, std::optional<absl::Duration> push_back);
  // The call is not over, but its slot is given to others.
  void SlotExpired(Attempt& attempt);
  // It may not go out any more, as the server stops.
  void Park(Attempt& attempt);

 private:
  // What is to be done once the lock is free.
  struct Actions {
    absl::InlinedVector<std::shared_ptr<Attempt>, 2> granted;
    Observer::LoadChange change;
    bool post_wake = false;
  };

  void Grant(std::shared_ptr<Attempt> attempt, Actions* actions)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Grants what may go out, and sees to it that the rest is looked at in time.
  void Pump(absl::Time now, Actions* actions) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void SetWake(absl::Time now, Actions* actions) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void FreeSlot(Attempt& attempt, Actions* actions) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Perform(Actions actions) ABSL_LOCKS_EXCLUDED(mutex_);
  void OnPostedWake();
  void OnTimer();
  ServiceInfo InfoLocked() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  Environment& environment_;
  const std::string name_;
  std::atomic<uint64_t> attempts_made_{0};

  mutable Mutex mutex_;
  // Its budget is the configured one; the one that holds is the admission's.
  std::optional<ServiceDefinition> definition_ ABSL_GUARDED_BY(mutex_);
  bool overridden_ ABSL_GUARDED_BY(mutex_) = false;
  Admission admission_ ABSL_GUARDED_BY(mutex_);
  // Bounded by the attempts of open executions.
  absl::flat_hash_map<LeaseId, std::shared_ptr<Attempt>> attempts_ ABSL_GUARDED_BY(mutex_);
  bool wake_posted_ ABSL_GUARDED_BY(mutex_) = false;
  // When the timer on the home executor goes off, where one is set.
  std::optional<absl::Time> timer_due_ ABSL_GUARDED_BY(mutex_);
  async::TimerId timer_ ABSL_GUARDED_BY(mutex_);
};

// See ServiceInfo::etag.
std::string EtagOf(const BudgetLimits& limits);

}  // namespace segue::services
