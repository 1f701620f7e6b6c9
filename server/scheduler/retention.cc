#include <algorithm>
#include <iterator>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "server/scheduler/map_run/map_run.h"
#include "server/scheduler/shard.h"

// What is kept, and for how long: an execution that has closed and its Map Runs for
// Options::retention; a child of a Map Run at least until its run may go, because a driver that
// begins anew looks for it.

namespace segue::scheduler {

bool Shard::WasRedriven(const ExecutionId& id) const {
  return std::ranges::find(redriven_, id, &std::pair<uint64_t, ExecutionId>::second) !=
         redriven_.end();
}

bool Shard::IsBeingRemoved(const ExecutionId& id) const {
  const auto removes = [&id](const Turn& turn) {
    return std::ranges::find(turn.removals, id, &store::ExecutionWrite::id) != turn.removals.end();
  };
  return removes(turn_) || (committing_ && removes(*committing_));
}

// A pass over all that closed long enough ago.
async::Task<void> Shard::Retain() {
  store::Store::ClosedQuery query{.slots = deps_.slots,
                                  .closed_before = Now() - options_.retention};
  std::erase_if(redriven_, [this](const auto& entry) { return entry.first <= durable_; });
  while (state_ == State::kRunning) {
    absl::StatusOr<std::vector<store::Store::ClosedRow>> rows =
        co_await deps_.store->ScanClosed(query, *deps_.executor);
    absl::Status status = rows.status();
    if (status.ok() && rows->empty()) co_return;
    if (status.ok()) status = co_await RemoveAll(*rows, query.closed_before);
    if (!status.ok()) {
      deps_.observer->OnUpkeepFailed(deps_.index, status);
      co_return;
    }
    query.after = std::move(rows->back());
  }
}

async::Task<absl::Status> Shard::RemoveAll(std::vector<store::Store::ClosedRow> rows,
                                           absl::Time closed_before) {
  absl::flat_hash_map<std::string, bool> kept_runs;
  for (store::Store::ClosedRow& row : rows) {
    if (const std::string uuid = UuidOfRun(row.index.workflow); !uuid.empty()) {
      if (!kept_runs.contains(uuid)) {
        absl::StatusOr<bool> is_kept = co_await IsRunKept(uuid, closed_before);
        if (!is_kept.ok()) co_return is_kept.status();
        kept_runs[uuid] = *is_kept;
      }
      if (kept_runs[uuid]) continue;
    }
    absl::StatusOr<std::vector<store::DocumentWrite>> documents = co_await RunDocuments(row.id);
    if (!documents.ok()) co_return documents.status();
    if (state_ != State::kRunning) break;
    if (WasRedriven(row.id)) continue;   // it was not so any more when it was read
    if (HasLeftovers(row.id)) continue;  // their end is still to be written
    store::ExecutionWrite removal{.id = row.id, .remove = true};
    removal.index = store::ExecutionWrite::IndexMove{.from = row.index, .to = std::nullopt};
    turn_.removals.push_back(std::move(removal));
    std::ranges::move(*documents, std::back_inserter(turn_.documents));
  }
  co_return co_await Durable(turn_.number);
}

// Whether the children of this run stay: it is at work, or has not been over for long.
async::Task<absl::StatusOr<bool>> Shard::IsRunKept(std::string uuid, absl::Time closed_before) {
  absl::StatusOr<std::optional<std::string>> record = co_await ReadMapRun(uuid);
  if (!record.ok()) co_return record.status();
  if (!record->has_value()) co_return false;
  const absl::StatusOr<MapRun> run = DecodeMapRun(uuid, **record);
  if (!run.ok()) co_return true;  // one that cannot be read holds up nobody else
  co_return run->status == MapRunStatus::kRunning || run->stop_time >= closed_before;
}

// The removal of what is stored of the Map Runs of this execution.
async::Task<absl::StatusOr<std::vector<store::DocumentWrite>>> Shard::RunDocuments(ExecutionId id) {
  std::vector<store::DocumentWrite> removals;
  store::Store::DocumentQuery query{.collection = kMapRunsOfExecutions,
                                    .prefix = absl::StrCat(id.value(), "/")};
  while (true) {
    absl::StatusOr<std::vector<store::Document>> page =
        co_await deps_.store->ReadDocuments(query, *deps_.executor);
    if (!page.ok()) co_return page.status();
    for (store::Document& document : *page) {
      removals.push_back({.collection = kMapRuns, .key = document.record, .record = std::nullopt});
      removals.push_back(
          {.collection = kMapRunsOfExecutions, .key = document.key, .record = std::nullopt});
    }
    if (std::ssize(*page) < query.limit) co_return removals;
    query.after = page->back().key;
  }
}

}  // namespace segue::scheduler
