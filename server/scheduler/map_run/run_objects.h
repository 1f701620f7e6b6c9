#pragma once

#include <set>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/async/cancellation.h"
#include "server/async/executor.h"
#include "server/async/task.h"
#include "services/connector/object_store.h"

namespace segue::scheduler {

// The objects as one Map Run sees them: whatever it reads or writes can be ended at once, so that a
// server that stops does not wait for a store that is slow.
//
// Threads: the executor's. Errors: those of the store; Cancelled once Cancel was called.
class RunObjects {
 public:
  // Both outlive it.
  RunObjects(services::ObjectStore& store, async::Executor& executor)
      : store_(store), executor_(executor) {}

  async::Task<absl::StatusOr<std::string>> Get(services::ObjectName name);
  async::Task<absl::StatusOr<services::ObjectPage>> List(
      services::ObjectStore::ListRequest request);
  async::Task<absl::Status> Put(services::ObjectName name, std::string body);

  // Ends what is under way, soon, and all that is asked for later.
  void Cancel();

 private:
  // One call that is under way.
  class Call;

  services::ObjectStore& store_;
  async::Executor& executor_;
  bool cancelled_ = false;
  std::set<async::CancelSource*> calls_;
};

}  // namespace segue::scheduler
