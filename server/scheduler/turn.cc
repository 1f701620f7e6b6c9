#include "server/scheduler/turn.h"

#include <iterator>
#include <string>

#include "server/scheduler/codec.h"

namespace segue::scheduler {

void Change::Add(engine::Transition& transition) {
  execution_changed |= transition.execution_changed;
  for (const BranchId branch : transition.branches_removed) {
    branches_changed.erase(branch);
    branches_removed.insert(branch);
  }
  branches_changed.merge(transition.branches_changed);
  history.insert(history.end(), std::make_move_iterator(transition.history.begin()),
                 std::make_move_iterator(transition.history.end()));
}

std::optional<store::Wake> WakeOf(const engine::Execution& execution) {
  if (IsClosed(execution.status)) return std::nullopt;
  if (execution.IsActive()) return store::Wake{absl::InfinitePast()};
  return store::Wake{execution.NextDue().value_or(absl::InfiniteFuture())};
}

store::IndexEntry IndexOf(const engine::Execution& execution) {
  // A child of a Map Run is found by its run.
  return {.workflow = execution.map_run.empty() ? execution.workflow : execution.map_run,
          .start_time = execution.start_time,
          .status = static_cast<int>(execution.status),
          .end_time = execution.end_time};
}

store::ExecutionWrite TakeWrite(Live& live) {
  const engine::Execution& execution = live.execution;
  const Change change = std::exchange(live.change, {});
  store::ExecutionWrite write{.id = execution.id};
  // The newest event id lives in the records that change: at least one has to.
  const bool only_history = change.branches_changed.empty() && !change.history.empty();
  if (change.execution_changed || only_history) {
    write.record = EncodeExecution(execution, live.definition);
  }
  for (const BranchId id : change.branches_changed) {
    const engine::Branch* branch = execution.Find(id);
    if (branch == nullptr) continue;
    write.branches.push_back({id, EncodeBranch(execution, *branch, *live.workflow)});
  }
  for (const BranchId id : change.branches_removed) write.branches.push_back({id, std::nullopt});
  if (!change.history.empty()) {
    write.history.push_back({.first = change.history.front().id,
                             .count = static_cast<int64_t>(change.history.size()),
                             .record = EncodeHistory(change.history)});
  }
  if (std::optional<store::Wake> wake = WakeOf(execution); wake != live.stored_wake) {
    write.wake = store::ExecutionWrite::WakeMove{.from = live.stored_wake, .to = wake};
    live.stored_wake = wake;
  }
  if (store::IndexEntry index = IndexOf(execution); index != live.stored_index) {
    write.index = store::ExecutionWrite::IndexMove{.from = live.stored_index, .to = index};
    live.stored_index = std::move(index);
  }
  return write;
}

int64_t BytesOf(const store::Batch& batch) {
  size_t bytes = 0;
  for (const store::ExecutionWrite& write : batch.executions) {
    if (write.record) bytes += write.record->size();
    for (const store::BranchWrite& branch : write.branches) {
      if (branch.record) bytes += branch.record->size();
    }
    for (const store::HistoryWrite& history : write.history) bytes += history.record.size();
  }
  for (const store::DocumentWrite& document : batch.documents) {
    if (document.record) bytes += document.record->size();
  }
  return static_cast<int64_t>(bytes);
}

}  // namespace segue::scheduler
