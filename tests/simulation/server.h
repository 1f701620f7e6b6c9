#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "server/async/task_group.h"
#include "server/base/clock.h"
#include "server/scheduler/scheduler.h"
#include "services/connector/worker/worker_pool.h"
#include "services/registry/service_registry.h"
#include "tests/simulation/buckets.h"
#include "tests/simulation/disk.h"
#include "tests/simulation/fake_services.h"
#include "tests/simulation/fault_objects.h"
#include "tests/simulation/fault_store.h"
#include "tests/simulation/states_door.h"
#include "tests/simulation/timeline.h"

namespace segue::simulation {

// One life of the server: all of it but its sockets, from its start to a crash or a drain.
//
// A crash. From the outside it is the end of everything at one step: what was not on the disk is
// gone, no answer and no call comes any more. Inside, coroutines cannot just vanish, so the server
// is cut off from the world (store, services, clients) at that step and then drained in a time of
// its own, where nothing that it does can be seen. That it drains at all is a rule of its own.
class Server final : public Clock {
 public:
  struct World {
    Timeline& timeline;
    Disk& disk;
    Buckets& buckets;
    Loop& outside;
    Random& random;
    FakeServices& services;
    const Knobs& knobs;
    const Faults& faults;
    Trace& trace;
    Verdict& verdict;
  };
  struct Life {
    int shards = 1;
    uint64_t seed = 0;
  };
  Server(const World& world, const Life& life);
  ~Server() override;

  // `failed` is called where the start fails: the process would exit.
  void Start(absl::AnyInvocable<void()> failed);
  bool ready() const { return ready_; }
  // Nobody outside may take notice of what it does any more.
  bool cut() const { return cut_; }

  // How many STANDARD executions are open by what the observer was told.
  int64_t open_told() const;
  // EXPRESS ones, that this life has started.
  int64_t express_open_told() const;

  scheduler::Scheduler& scheduler() { return *scheduler_; }
  services::ServiceRegistry& registry() { return *registry_; }
  services::TaskSource& workers() { return workers_; }
  StatesDoor& states() { return *states_; }
  // A thread of the server that takes clients' calls.
  Loop& AnyLoop() { return *loops_[world_.random.Below(loops_.size())]; }
  // The loop that the caller is on.
  Loop& Here();
  // Runs a call of a client; on a loop.
  void Spawn(async::Task<void> call) { calls_.Spawn(std::move(call)); }
  absl::Time Now() const override { return time_->Now(); }

  void Crash();
  // Ends in order; `stopped` once all is durable. Crash it then, to get rid of it.
  void Stop(absl::Duration patience, absl::AnyInvocable<void()> stopped);
  bool stopping() const { return stopping_; }
  // It could not be drained, so it cannot be destroyed either: the run has failed.
  bool stuck() const { return stuck_; }

 private:
  class Events;
  void SaveOverride(const std::string& service, const std::optional<services::BudgetOverride>& made,
                    services::ServiceRegistry::Saved saved);
  void Restore(const std::vector<store::Document>& documents);
  void Drain();

  const World world_;
  const Timeline* time_;
  bool ready_ = false;
  bool cut_ = false;
  bool stopping_ = false;
  bool stopped_ = false;
  bool stuck_ = false;
  std::unique_ptr<Timeline> limbo_;  // where it ends
  std::vector<std::unique_ptr<Loop>> loops_;
  std::unique_ptr<Events> events_;
  std::unique_ptr<FaultStore> store_;
  FaultObjects objects_;
  std::shared_ptr<FakeServices::Line> line_;
  services::WorkerPool workers_;
  std::unique_ptr<services::ServiceRegistry> registry_;
  std::unique_ptr<scheduler::Scheduler> scheduler_;
  std::unique_ptr<StatesDoor> states_;
  async::TaskGroup calls_;
  absl::AnyInvocable<void()> failed_;
};

}  // namespace segue::simulation
