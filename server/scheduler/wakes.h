#pragma once

#include <cstddef>
#include <optional>
#include <set>
#include <utility>

#include "absl/functional/any_invocable.h"
#include "absl/time/time.h"
#include "server/async/executor.h"
#include "server/base/ids.h"

namespace segue::scheduler {

// When which execution of a shard is due: one ordered set behind one timer of the executor. Holds
// executions in memory and those that were evicted alike.
//
// Threads: the executor's.
class Wakes {
 public:
  // `due` is called for each execution that is due, at most `kDuePerTurnMax` in one turn of the
  // executor; its entry is gone by then.
  Wakes(async::Executor& executor, absl::AnyInvocable<void(const ExecutionId&)> due);
  ~Wakes();

  void Add(absl::Time at, const ExecutionId& id);
  void Remove(absl::Time at, const ExecutionId& id);
  void Clear();
  // Nothing fires between Hold and Release; begins held.
  void Hold() { held_ = true; }
  void Release();
  size_t size() const { return entries_.size(); }

 private:
  static constexpr int kDuePerTurnMax = 256;
  void Arm();
  void Fire();

  async::Executor& executor_;
  absl::AnyInvocable<void(const ExecutionId&)> due_;
  std::set<std::pair<absl::Time, ExecutionId>> entries_;
  bool held_ = true;
  std::optional<absl::Time> armed_for_;
  async::TimerId timer_;
};

}  // namespace segue::scheduler
