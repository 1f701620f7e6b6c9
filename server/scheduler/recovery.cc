#include <algorithm>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/base/check.h"
#include "server/engine/apply.h"
#include "server/scheduler/codec.h"
#include "server/scheduler/errors.h"
#include "server/scheduler/map_run/map_run_driver.h"
#include "server/scheduler/shard.h"

// How executions come into memory: at start, when they are due, when somebody asks, and after a
// commit that failed.

namespace segue::scheduler {

absl::Status Shard::Acquire() {
  absl::StatusOr<store::Fence> fence = deps_.store->Acquire(deps_.slots, deps_.owner);
  if (!fence.ok()) return fence.status();
  fence_ = *fence;
  return absl::OkStatus();
}

async::Task<absl::Status> Shard::Start() {
  absl::Status status = co_await Recover();
  if (!absl::IsDataLoss(status)) co_return status;
  reset_cause_ = status;
  state_ = State::kResetting;
  deps_.observer->OnRecordUnreadable(absl::StrCat("open executions of shard ", deps_.index),
                                     status);
  RecoverLater();
  co_return absl::OkStatus();
}

async::Task<absl::Status> Shard::Recover() {
  const absl::Time began = deps_.executor->Now();
  wakes_.Hold();  // what is due waits until all attempts that were out have been sent again
  window_end_ = Now() + options_.wake_window;
  // The whole index is read, to count what is open.
  absl::StatusOr<int64_t> open = co_await ScanWakes(absl::InfiniteFuture());
  if (!open.ok()) co_return open.status();
  absl::StatusOr<std::vector<Leftover>> leftovers = co_await ReadLeftovers();
  if (!leftovers.ok()) co_return leftovers.status();
  if (state_ == State::kStopping) co_return absl::OkStatus();
  // Known before anybody can ask for a redrive; some are followed over the reset.
  std::erase_if(*leftovers, [this](const Leftover& leftover) {
    return !leftovers_.try_emplace(KeyOf(leftover)).second;
  });
  state_ = State::kRunning;
  reset_backoff_ = absl::ZeroDuration();
  *open += ExpressOpen();
  Observer::Recovery recovery{.shard = deps_.index,
                              .took = deps_.executor->Now() - began,
                              .active = static_cast<int64_t>(live_.size()),
                              .sleeping = static_cast<int64_t>(wakes_.size()),
                              .open = *open,
                              .open_change = *open - std::exchange(open_told_, *open)};
  deps_.observer->OnRecovered(recovery);
  // What is out is looked at before anything is sent again: a task that completes another's changes
  // that one at once, and what follows there is not durable.
  std::vector<Out> out;
  for (const Live* live : InOrder()) {
    if (!live->is_express()) out.push_back(OutOf(*live));
  }
  for (const Out& each : out) Resume(each);
  for (Leftover& leftover : *leftovers) tasks_.Spawn(FollowLeftover(std::move(leftover)));
  wakes_.Release();
  co_return absl::OkStatus();
}

// In no store: those that are in memory are all there are.
int64_t Shard::ExpressOpen() const {
  return std::ranges::count_if(live_, [](const auto& entry) { return entry.second->is_express(); });
}

// By id: what is done to all is done in the same order each time a simulation is replayed.
std::vector<Live*> Shard::InOrder() const {
  std::vector<Live*> ordered;
  ordered.reserve(live_.size());
  for (const auto& [id, live] : live_) ordered.push_back(live.get());
  std::ranges::sort(ordered, {},
                    [](const Live* live) -> const ExecutionId& { return live->execution.id; });
  return ordered;
}

void Shard::StartUpkeep() {
  Every(options_.wake_window / 2, &Shard::ExtendWindow);
  Every(options_.retention_interval, &Shard::Retain);
}

async::Task<absl::StatusOr<std::unique_ptr<Live>>> Shard::Read(ExecutionId id, Part part) {
  absl::StatusOr<std::optional<store::StoredExecution>> stored =
      co_await deps_.store->Load(id, *deps_.executor);
  if (!stored.ok()) co_return stored.status();
  if (!stored->has_value()) co_return std::unique_ptr<Live>();
  absl::StatusOr<DecodedExecution> decoded = DecodeExecution(id, (*stored)->record);
  if (!decoded.ok()) co_return decoded.status();
  auto live = std::make_unique<Live>();
  live->execution = std::move(decoded->execution);
  live->execution.limits = options_.limits;
  live->execution.activities = deps_.activities;
  live->execution.token_key = deps_.token_key;
  live->definition = std::move(decoded->definition);
  live->stored_index = IndexOf(live->execution);
  live->is_kept = !(*stored)->branches.empty();
  if (IsClosed(live->execution.status) && part == Part::kHead) co_return live;
  absl::StatusOr<language::WorkflowPtr> workflow = WorkflowOf(*live);
  if (!workflow.ok()) co_return workflow.status();
  live->workflow = *std::move(workflow);
  absl::Status status = DecodeBranches((*stored)->branches, *live->workflow, live->execution);
  if (!status.ok()) co_return status;
  live->stored_wake = WakeOf(live->execution);
  co_return live;
}

absl::StatusOr<language::WorkflowPtr> Shard::WorkflowOf(const Live& live) const {
  if (!live.definition.text.empty()) {
    return deps_.catalog->CompileStored(live.definition.text, live.definition.format);
  }
  return deps_.catalog->CompiledFor(live.execution.workflow, live.execution.version);
}

// The open execution, brought into memory where it is not; null where there is none or it is
// closed.
async::Task<absl::StatusOr<Live*>> Shard::Load(ExecutionId id) {
  // Until the slots are taken anew, a commit that failed may still land behind what is read.
  if (state_ == State::kResetting) co_return Recovering();
  absl::StatusOr<Live*> live = co_await LoadNow(std::move(id));
  // Nothing may be applied before recovery has sent what is durable again.
  if (state_ == State::kResetting) co_return Recovering();
  co_return live;
}

async::Task<absl::StatusOr<Live*>> Shard::LoadNow(ExecutionId id) {
  if (Live* live = Find(id)) co_return live;
  const uint64_t resets = resets_;
  Reading reading{.id = id};
  absl::StatusOr<std::unique_ptr<Live>> read = absl::UnknownError("not read");
  do {
    reading.old = false;
    reading_.push_back(&reading);
    read = co_await Read(id, Part::kHead);
    std::erase(reading_, &reading);
    if (!read.ok()) co_return read.status();
    // Only recovery brings anything into memory while the shard resets: it sends what is out.
    if (resets != resets_) co_return Recovering();
    // Somebody else may have loaded it meanwhile; and may have changed it and let it go again, or
    // all may have been reset: then what was read is old.
    if (Live* live = Find(id)) co_return live;
  } while (reading.old);
  if (*read == nullptr || IsClosed((*read)->execution.status)) co_return nullptr;
  Live& live = *live_.emplace(id, *std::move(read)).first->second;
  SetWake(live, live.execution.NextDue());
  // Active, and yet not in memory: it could not be read when the shard recovered.
  if (state_ == State::kRunning && live.execution.IsActive()) Resume(OutOf(live));
  co_return &live;
}

void Shard::OnDue(const ExecutionId& id) {
  if (state_ == State::kStopping && !stopped_) return;
  if (Live* live = Find(id)) {
    live->wake.reset();
    Apply(*live, engine::TimePassed{});
    if (live->turn <= durable_) Settle(*live);
    return;
  }
  tasks_.Spawn(WakeUp(id));
}

async::Task<void> Shard::WakeUp(ExecutionId id) {
  absl::StatusOr<Live*> live = co_await Load(id);
  if (state_ == State::kResetting) co_return;  // recovery finds it again
  if (!live.ok()) {
    deps_.observer->OnLoadFailed(id, live.status());
    co_return;
  }
  if (*live == nullptr) co_return;
  Apply(**live, engine::TimePassed{});
  if ((*live)->turn <= durable_) Settle(**live);
}

// Brings the store's wakes until the end of the window into memory: active executions whole,
// sleeping ones as an entry. Reads on until `until`, and counts what it saw.
async::Task<absl::StatusOr<int64_t>> Shard::ScanWakes(absl::Time until) {
  store::Store::WakeQuery query{.slots = deps_.slots, .until = until};
  const uint64_t resets = resets_;
  int64_t seen = 0;
  while (true) {
    absl::StatusOr<std::vector<store::WakeRow>> rows =
        co_await deps_.store->ScanWakes(query, *deps_.executor);
    if (!rows.ok()) co_return rows.status();
    if (resets != resets_) co_return Recovering();  // what was read is old
    seen += std::ssize(*rows);
    for (const store::WakeRow& row : *rows) {
      if (row.wake.at > window_end_ || Find(row.id) != nullptr) continue;
      if (row.wake.at != absl::InfinitePast()) {
        wakes_.Add(row.wake.at, row.id);
        continue;
      }
      absl::StatusOr<Live*> live = co_await LoadNow(row.id);
      if (live.ok()) continue;
      // One record that cannot be read must not hold up the others; a store that does not answer
      // does.
      if (live.status().code() != absl::StatusCode::kDataLoss) co_return live.status();
      deps_.observer->OnLoadFailed(row.id, live.status());
    }
    if (std::ssize(*rows) < query.limit) co_return seen;
    query.after = rows->back();
  }
}

Shard::Out Shard::OutOf(const Live& live) {
  return {.id = live.execution.id,
          .attempts = engine::AttemptsInFlight(*live.workflow, live.execution),
          .runs = engine::MapRunsInFlight(*live.workflow, live.execution)};
}

// Sends again what was out when the server stopped.
void Shard::Resume(const Out& out) {
  Live& live = *live_.at(out.id);
  for (const engine::StartAttempt& effect : out.attempts) {
    if (engine::IsInFlight(live.execution, effect.attempt)) StartAttempt(live, effect);
  }
  for (const engine::AttemptId& run : out.runs) StartMapRun(live, run);
  Apply(live, engine::Resumed{});
  Apply(live, engine::TimePassed{});
}

// Wakes that the next window holds. The window moves before the scan reads: what is committed
// meanwhile keeps its entry.
async::Task<void> Shard::ExtendWindow() {
  window_end_ = Now() + options_.wake_window;
  absl::StatusOr<int64_t> seen = co_await ScanWakes(window_end_);
  if (!seen.ok()) deps_.observer->OnUpkeepFailed(deps_.index, seen.status());
}

void Shard::Every(absl::Duration interval, async::Task<void> (Shard::*work)()) {
  deps_.executor->At(deps_.executor->Now() + interval, [this, interval, work] {
    if (state_ != State::kStopping) tasks_.Spawn(Repeat(interval, work));
  });
}

// The next time comes after this one has ended: two at once would work on the same rows.
async::Task<void> Shard::Repeat(absl::Duration interval, async::Task<void> (Shard::*work)()) {
  if (state_ == State::kRunning) {
    co_await (this->*work)();
  }
  if (state_ != State::kStopping) Every(interval, work);
}

void Shard::Reset(const absl::Status& cause) {
  deps_.observer->OnCommitFailed(deps_.index, cause);
  reset_cause_ = cause;
  if (state_ != State::kStopping) state_ = State::kResetting;
  Turn failed = *std::exchange(committing_, std::nullopt);
  Turn gathering = std::exchange(turn_, Turn{.number = turn_.number + 1});
  wakes_.Clear();
  wakes_.Hold();
  ++resets_;
  // What is kept alive until the end of this: waiters and watchers run on while they are told.
  std::vector<std::unique_ptr<Live>> forgotten;
  for (Live* live : InOrder()) {
    if (live->is_express()) {
      live->wake.reset();
      SetWake(*live, live->execution.NextDue());
      continue;
    }
    forgotten.push_back(Forget(live->execution.id));
  }
  for (const std::unique_ptr<Live>& live : forgotten) {
    for (const auto& [attempt, out] : live->attempts) {
      CancelCall(*deps_.runner, out.handle);
      if (out.run) out.run->Abandon();
    }
  }
  const absl::Status unknown = OutcomeUnknown(cause);
  for (async::OneShot<absl::Status>* waiter : failed.waiters) waiter->Set(unknown);
  for (async::OneShot<absl::Status>* waiter : gathering.waiters) waiter->Set(unknown);
  for (const std::unique_ptr<Live>& live : forgotten) Notify(*live, Watcher::Signal::kReset);
  if (state_ == State::kResetting) tasks_.Spawn(RecoverAfterReset());
}

async::Task<void> Shard::RecoverAfterReset() {
  absl::Status status = Acquire();
  if (status.ok()) status = co_await Recover();
  if (status.ok() || state_ == State::kStopping) co_return;
  deps_.observer->OnUpkeepFailed(deps_.index, status);
  RecoverLater();
}

void Shard::RecoverLater() {
  constexpr absl::Duration kFirst = absl::Milliseconds(100);
  constexpr absl::Duration kMax = absl::Seconds(10);
  reset_backoff_ = std::clamp(reset_backoff_ * 2, kFirst, kMax);
  deps_.executor->At(deps_.executor->Now() + reset_backoff_, [this] {
    if (state_ == State::kResetting) tasks_.Spawn(RecoverAfterReset());
  });
}

void Shard::Stop(absl::Time deadline, absl::AnyInvocable<void()> stopped) {
  state_ = State::kStopping;
  stopped_ = std::move(stopped);
  stop_deadline_ = deadline;
  const std::vector<Live*> all = InOrder();
  for (Live* live : all) {
    // What still waits for its service's budget will not start any more.
    std::erase_if(live->attempts, [&](const auto& attempt) {
      const Outstanding& out = attempt.second;
      const bool goes_on = out.at_stop == Outstanding::AtStop::kWait;
      if (goes_on && !deps_.runner->Explain(out.handle)) return false;
      CancelCall(*deps_.runner, out.handle);
      if (out.run) out.run->Abandon();
      return true;
    });
  }
  for (Live* live : all) Notify(*live, Watcher::Signal::kDraining);
  deps_.executor->At(deadline, [] {});  // a turn at the deadline, to look once more
}

// Ends the stop once nothing is left to wait for.
void Shard::TryStop() {
  if (!stopped_ || committing_ || !turn_.empty() || tasks_.size() > 0) return;
  const bool out =
      std::ranges::any_of(live_, [](const auto& entry) { return !entry.second->attempts.empty(); });
  if (out && deps_.executor->Now() < stop_deadline_) return;
  for (Live* live : out ? InOrder() : std::vector<Live*>()) {
    for (const auto& [attempt, left] : std::exchange(live->attempts, {})) {
      CancelCall(*deps_.runner, left.handle);
    }
  }
  wakes_.Clear();
  std::exchange(stopped_, nullptr)();
}

}  // namespace segue::scheduler
