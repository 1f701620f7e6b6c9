#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/scheduler/codec.h"
#include "server/scheduler/errors.h"
#include "server/scheduler/map_run/map_run_driver.h"
#include "server/scheduler/nested/leftover.h"
#include "server/scheduler/nested/retry_call.h"
#include "server/scheduler/shard.h"

// A shard's leftovers (leftover.h): each is followed by a coroutine until it has ended.

namespace segue::scheduler {

// The work of an attempt that calls no service goes on for a while after it was given up. Nothing
// more is started for it once there is none left.
async::Task<void> Shard::NextEndOfWork(AttemptName name) {
  const auto found = at_work_.find(name);
  if (found == at_work_.end()) co_return;
  async::OneShot<bool> ended;
  found->second.waiting.push_back(&ended);
  co_await ended;
}

void Shard::TellEndOfWork(const AttemptName& name) {
  const auto found = at_work_.find(name);
  std::vector<async::OneShot<bool>*> waiting = std::exchange(found->second.waiting, {});
  if (found->second.runs.empty() && found->second.calls == 0) at_work_.erase(found);
  for (async::OneShot<bool>* next : waiting) next->Set(true);
}

// What the transition gives up. Begun, or noted, by the turn.
void Shard::AddLeftovers(const Live& live, const engine::Transition& transition) {
  for (const engine::Effect& effect : transition.effects) {
    const auto* cancel = std::get_if<engine::CancelAttempt>(&effect);
    if (cancel == nullptr) continue;
    std::optional<Leftover> leftover = LeftoverOf(live.execution, *cancel);
    if (!leftover) continue;
    std::vector<Leftover>& added = leftover->has_note ? turn_.leftovers : express_leftovers_;
    added.push_back(*std::move(leftover));
  }
}

// A server that stops leaves it to the next one.
void Shard::BeginLeftover(Leftover leftover) {
  if (state_ == State::kStopping || !leftovers_.try_emplace(KeyOf(leftover)).second) return;
  tasks_.Spawn(FollowLeftover(std::move(leftover)));
}

// The notes of this shard's executions.
async::Task<absl::StatusOr<std::vector<Leftover>>> Shard::ReadLeftovers() {
  store::Store::DocumentQuery query{.collection = kLeftovers,
                                    .after = LeftoverKeysOf(deps_.slots.begin)};
  const std::string end = LeftoverKeysOf(deps_.slots.end);
  std::vector<Leftover> leftovers;
  while (true) {
    absl::StatusOr<std::vector<store::Document>> page =
        co_await deps_.store->ReadDocuments(query, *deps_.executor);
    if (!page.ok()) co_return page.status();
    for (const store::Document& document : *page) {
      if (document.key >= end) co_return leftovers;
      absl::StatusOr<Leftover> leftover = DecodeLeftover(document);
      if (leftover.ok()) {
        leftovers.push_back(*std::move(leftover));
      } else {
        deps_.observer->OnRecordUnreadable(absl::StrCat("leftover ", document.key),
                                           leftover.status());
      }
    }
    if (std::ssize(*page) < query.limit) co_return leftovers;
    query.after = page->back().key;
  }
}

async::Task<void> Shard::FollowLeftover(Leftover leftover) {
  for (int failures = 0; state_ != State::kStopping; ++failures) {
    absl::Status ended = co_await EndLeftover(leftover);
    if (!IsTransient(ended) || state_ == State::kStopping) break;
    co_await PauseBeforeRetry(*deps_.executor, failures);
  }
  const auto over = leftovers_.extract(KeyOf(leftover));
  for (async::OneShot<bool>* next : over.mapped()) next->Set(true);
}

// Whether it has ended, and is forgotten. What cannot be ended, because it cannot be read, stands
// still: that is told, and it is given up.
async::Task<absl::Status> Shard::EndLeftover(const Leftover& leftover) {
  const AttemptName name(leftover.execution, leftover.attempt);
  absl::Status ended;
  if (const auto* child = std::get_if<StartedChild>(&leftover.started)) {
    ended = co_await EndChild(name, *child);
  } else {
    ended = co_await EndMapRun(name, std::get<StartedMapRun>(leftover.started));
  }
  if (IsTransient(ended)) co_return ended;
  if (!ended.ok()) {
    deps_.observer->OnRecordUnreadable(absl::StrCat("leftover ", KeyOf(leftover)), ended);
  }
  if (!leftover.has_note) co_return absl::OkStatus();
  std::vector<store::DocumentWrite> removal;
  removal.push_back({.collection = kLeftovers, .key = KeyOf(leftover), .record = std::nullopt});
  co_return co_await CommitDocuments(std::move(removal));
}

async::Task<absl::Status> Shard::EndChild(AttemptName name, StartedChild child) {
  while (true) {
    absl::Status ended = co_await deps_.scheduler->EndStarted(child);
    if (!ended.ok() || !at_work_.contains(name)) co_return ended;
    // A start that is still under way may bring it yet.
    co_await NextEndOfWork(name);
  }
}

async::Task<absl::Status> Shard::EndMapRun(AttemptName name, StartedMapRun run) {
  while (at_work_.contains(name)) {
    if (state_ == State::kStopping) co_return Draining();
    const auto runs = at_work_.at(name).runs;  // an abort may end one at once
    for (const std::shared_ptr<MapRunDriver>& driver : runs) driver->Abort();
    co_await NextEndOfWork(name);
  }
  absl::Status ended = co_await EndChildrenOf(run.id);
  if (!ended.ok()) co_return ended;
  co_return co_await CloseMapRun(std::move(run));
}

// Those that a driver has left open: it went in a crash, or was not sure that it had started one.
// One after the other: no more are open than were at work at a time.
async::Task<absl::Status> Shard::EndChildrenOf(std::string run) {
  if (absl::Status settled = co_await deps_.scheduler->AllAtWork(); !settled.ok()) {
    co_return settled;
  }
  store::ListQuery query{.workflow = std::move(run),
                         .status = static_cast<int>(engine::ExecutionStatus::kRunning)};
  while (true) {
    absl::StatusOr<std::vector<store::ListRow>> open =
        co_await deps_.store->ListExecutions(query, *deps_.executor);
    if (!open.ok()) co_return open.status();
    for (const store::ListRow& row : *open) {
      const StartedChild child{.id = row.id, .request_id = {}};
      absl::Status ended = co_await deps_.scheduler->EndStarted(child);
      if (IsTransient(ended)) co_return ended;
      if (!ended.ok()) deps_.observer->OnLoadFailed(row.id, ended);  // it stands still
    }
    if (std::ssize(*open) < query.limit) co_return absl::OkStatus();
    query.after = {open->back().start_time, open->back().id};
  }
}

// Says that the run has stopped, where nothing else does: no driver came to its end.
async::Task<absl::Status> Shard::CloseMapRun(StartedMapRun run) {
  const std::string uuid = UuidOfRun(run.id);
  absl::StatusOr<std::optional<std::string>> record = co_await ReadMapRun(uuid);
  if (!record.ok()) co_return record.status();
  if (!record->has_value()) co_return absl::OkStatus();
  absl::StatusOr<MapRun> stored = DecodeMapRun(uuid, **record);
  if (!stored.ok() || stored->status != MapRunStatus::kRunning) co_return stored.status();
  stored->status = MapRunStatus::kAborted;
  stored->stop_time = Now();
  absl::Status counted = co_await CountChildren(std::move(run), &*stored);
  if (!counted.ok()) co_return counted;
  std::vector<store::DocumentWrite> documents;
  documents.push_back({.collection = kMapRuns, .key = uuid, .record = EncodeMapRun(*stored)});
  co_return co_await CommitDocuments(std::move(documents));
}

// The counts of a run that has stopped, from its children. What had not begun is known only as far
// as somebody has counted it.
async::Task<absl::Status> Shard::CountChildren(StartedMapRun run, MapRun* stopped) {
  if (absl::Status status = Admissible(); !status.ok()) co_return status;
  const int64_t items = stopped->items.total();
  stopped->items = {};
  stopped->executions = {.results_written = stopped->executions.results_written};
  store::ListQuery query{.workflow = run.id, .limit = 1000};
  while (true) {
    absl::StatusOr<std::vector<store::ListRow>> rows =
        co_await deps_.store->ListExecutions(query, *deps_.executor);
    if (!rows.ok()) co_return rows.status();
    for (const store::ListRow& row : *rows) {
      absl::StatusOr<DecodedExecution> decoded = DecodeExecution(row.id, row.record);
      if (!decoded.ok()) continue;
      Live child;
      child.execution = std::move(decoded->execution);
      child.is_kept = true;
      CountChild(*stopped, ViewOf(child, Detail::kBasic), ItemsOf(run, child.execution));
    }
    if (std::ssize(*rows) < query.limit) break;
    query.after = {rows->back().start_time, rows->back().id};
  }
  stopped->items.pending = std::max<int64_t>(0, items - stopped->items.begun());
  co_return absl::OkStatus();
}

async::Task<absl::Status> Shard::EndStarted(StartedChild child) {
  // Until the slots are taken anew, a start that failed may still land.
  if (absl::Status status = Admissible(); !status.ok()) co_return status;
  absl::StatusOr<Live*> loaded = co_await Load(child.id);
  if (!loaded.ok()) co_return loaded.status();
  if (absl::Status status = Admissible(); !status.ok()) co_return status;
  Live* live = *loaded;
  if (live == nullptr) co_return absl::OkStatus();
  if (live->execution.request_id == child.request_id) {
    Apply(*live, engine::Cancelled());
    co_return co_await Durable(live->turn);
  }
  // It need not stay in memory for this; but this may be called while it is looked at.
  deps_.executor->Post([this, id = child.id] {
    if (Live* left = Find(id)) Settle(*left);
  });
  co_return absl::OkStatus();
}

bool Shard::HasLeftovers(const ExecutionId& execution) const {
  const std::string keys = LeftoverKeysOf(execution);
  const auto first = leftovers_.lower_bound(keys);
  return first != leftovers_.end() && first->first.starts_with(keys);
}

async::Task<void> Shard::NextEndOfLeftover(ExecutionId execution) {
  async::OneShot<bool> over;
  leftovers_.lower_bound(LeftoverKeysOf(execution))->second.push_back(&over);
  co_await over;
}

}  // namespace segue::scheduler
