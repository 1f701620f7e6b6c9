#pragma once

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "server/base/ids.h"
#include "server/engine/execution.h"

namespace segue::scheduler {

// Told what the scheduler does: metrics and logs. Called on shard threads, often: must be quick and
// must not block.
class Observer {
 public:
  virtual ~Observer() = default;
  virtual void OnStarted(const engine::Execution&) {}
  virtual void OnClosed(const engine::Execution&) {}
  // One that had closed is open again.
  virtual void OnRedriven(const engine::Execution&) {}
  struct Commit {
    int shard = 0;
    absl::Duration latency;  // from the hand-over to the acknowledgement
    int executions = 0;
    int64_t bytes = 0;  // of the records
  };
  virtual void OnCommit(const Commit&) {}
  // The shard forgets what it has in memory and recovers from the store.
  virtual void OnCommitFailed(int /*shard*/, const absl::Status&) {}
  // An execution cannot be brought into memory: it stands still until somebody mends that.
  virtual void OnLoadFailed(const ExecutionId&, const absl::Status&) {}
  // A record that executions share, such as "workflow order/1", cannot be read at the start: what
  // needs it stands still until somebody mends that.
  virtual void OnRecordUnreadable(const std::string& /*record*/, const absl::Status&) {}
  // Looking ahead for wakes, retention or recovery failed; it is tried again.
  virtual void OnUpkeepFailed(int /*shard*/, const absl::Status&) {}
  struct Recovery {
    int shard = 0;
    absl::Duration took;
    int64_t active = 0;    // executions that went on at once
    int64_t sleeping = 0;  // that wake within the window
    int64_t open = 0;      // executions that have not ended
    // What `open` is above all that OnStarted, OnRedriven, OnClosed and earlier recoveries have
    // told: at the start, all of it; after a commit whose outcome was unknown, what had become of
    // it.
    int64_t open_change = 0;
  };
  virtual void OnRecovered(const Recovery&) {}
  // At the end of a turn in which it changed: how many open executions the shard holds in memory
  // now, and by how many they changed.
  virtual void OnInMemory(int /*shard*/, int64_t /*executions*/, int64_t /*change*/) {}
};

}  // namespace segue::scheduler
