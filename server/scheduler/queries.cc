#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/base/error.h"
#include "server/engine/apply.h"
#include "server/scheduler/codec.h"
#include "server/scheduler/errors.h"
#include "server/scheduler/shard.h"

// What callers ask of a shard. Whatever is answered is durable.

namespace segue::scheduler {

Live* Shard::Find(const ExecutionId& id) {
  const auto found = live_.find(id);
  return found == live_.end() ? nullptr : found->second.get();
}

absl::Status Shard::Admissible() const {
  if (state_ == State::kStopping) return Draining();
  if (state_ == State::kResetting && absl::IsResourceExhausted(reset_cause_)) {
    return StoreFull(reset_cause_);
  }
  if (state_ == State::kResetting && absl::IsDataLoss(reset_cause_)) {
    return StoreDamaged(reset_cause_);
  }
  if (state_ != State::kRunning) return Recovering();
  return absl::OkStatus();
}

// What a new execution would take more of. One that another has started must find room: those that
// wait for it would hold it for ever.
absl::Status Shard::HasRoom(const engine::Execution& execution) const {
  const bool is_from_outside = execution.depth == 0;
  if (is_from_outside && std::ssize(live_) >= options_.max_in_memory) {
    return Overloaded("TOO_MANY_OPEN_EXECUTIONS", "too many open executions are at work");
  }
  if (pending_submits_ >= options_.max_pending_submits) {
    return Overloaded("TOO_MANY_PENDING_SUBMITS", "too many submits wait for the store");
  }
  if (is_from_outside && deps_.memory_full != nullptr &&
      deps_.memory_full->load(std::memory_order_relaxed)) {
    return Overloaded("MEMORY_FULL", "the server's memory is at its configured bound");
  }
  return absl::OkStatus();
}

namespace {

// All but the branches and the timers.
engine::Execution HeadOf(const engine::Execution& execution) {
  engine::Execution head;
  head.id = execution.id;
  head.workflow = execution.workflow;
  head.version = execution.version;
  head.type = execution.type;
  head.status = execution.status;
  head.start_state = execution.start_state;
  head.map_run = execution.map_run;
  head.depth = execution.depth;
  head.run_redrive = execution.run_redrive;
  head.redrive_count = execution.redrive_count;
  head.redrive_time = execution.redrive_time;
  head.input_text = execution.input_text;
  head.output = execution.output;
  head.error = execution.error;
  head.start_time = execution.start_time;
  head.end_time = execution.end_time;
  head.deadline = execution.deadline;
  head.priority = execution.priority;
  head.labels = execution.labels;
  head.names = execution.names;
  head.trace_parent = execution.trace_parent;
  head.request_id = execution.request_id;
  head.request_fingerprint = execution.request_fingerprint;
  head.last_event = execution.last_event;
  return head;
}

absl::Status IdInUse(const Admission& admission) {
  const engine::Execution& execution = admission.execution;
  return MakeError(
      absl::StatusCode::kAlreadyExists,
      absl::StrCat("execution ", execution.id.value(), " was submitted before with another ",
                   "body: repeat the request as it was, or choose another ",
                   execution.request_id.empty() ? "execution_id" : "request_id"),
      {.reason = "ID_IN_USE", .resource_type = "execution", .resource_name = execution.id.value()});
}

}  // namespace

ExecutionView Shard::ViewOf(const Live& live, Detail detail) const {
  ExecutionView view{
      .execution = HeadOf(live.execution),
      .branch_count = std::ranges::count_if(
          live.execution.branches, [](const auto& entry) { return !entry.second.has_ended(); }),
      .redrive_fault = RedriveFaultOf(live)};
  if (detail == Detail::kBasic) return view;
  for (const auto& [id, branch] : live.execution.branches) {
    if (std::ssize(view.branches) == kBranchesMax) break;
    if (branch.has_ended()) continue;
    BranchView shown{.branch = branch};
    if (branch.state >= 0) {
      const language::State& state = live.workflow->state(branch.state);
      shown.state_name = state.name;
      shown.state_type = std::string(language::StateTypeName(state.type));
      const auto* task = std::get_if<language::TaskState>(&state.detail);
      if (task != nullptr) shown.resource = task->resource.text;
    }
    const auto attempt =
        live.attempts.find({.branch = id, .visit = branch.visit, .attempt = branch.attempt});
    if (attempt != live.attempts.end())
      shown.waiting_on = deps_.runner->Explain(attempt->second.handle);
    view.branches.push_back(std::move(shown));
  }
  return view;
}

async::Task<absl::StatusOr<SubmitResult>> Shard::Admit(Admission admission) {
  if (absl::Status status = Admissible(); !status.ok()) co_return status;
  if (admission.id == Admission::Id::kChosen) {
    absl::StatusOr<std::optional<SubmitResult>> repeated = co_await Repeated(admission);
    if (!repeated.ok()) co_return repeated.status();
    if (repeated->has_value()) {
      repeated = co_await ReopenForRun(admission, **std::move(repeated));
      if (!repeated.ok()) co_return repeated.status();
      if (repeated->has_value()) co_return **std::move(repeated);
    }
    if (absl::Status status = Admissible(); !status.ok()) co_return status;
  }
  if (absl::Status status = HasRoom(admission.execution); !status.ok()) co_return status;
  auto owned = std::make_unique<Live>();
  Live& live = *owned;
  live.execution = std::move(admission.execution);
  live.execution.start_time = Now();
  // As Now: what is computed before and after a restart must be the same.
  std::optional<absl::Time>& deadline = live.execution.deadline;
  if (deadline) deadline = absl::FromUnixMicros(absl::ToUnixMicros(*deadline));
  live.execution.activities = deps_.activities;
  live.execution.token_key = deps_.token_key;
  live.workflow = std::move(admission.workflow);
  live.definition = std::move(admission.definition);
  live.trace = std::move(admission.trace);
  live_.emplace(live.execution.id, std::move(owned));
  SubmitResult result{.view = {.execution = HeadOf(live.execution), .branch_count = 1}};
  const bool express = live.is_express();
  Apply(live, engine::Started{});
  const uint64_t turn = turn_.number;
  if (!express) {
    ++pending_submits_;
    absl::Status durable = co_await Durable(turn);
    --pending_submits_;
    if (!durable.ok()) co_return durable;
  }
  TellStarted(result.view.execution);
  co_return result;
}

// What the same request was answered before; nothing where the id is new.
async::Task<absl::StatusOr<std::optional<SubmitResult>>> Shard::Repeated(
    const Admission& admission) {
  const ExecutionId id = admission.execution.id;
  Reading reading{.id = id};
  const uint64_t resets = resets_;
  absl::StatusOr<ExecutionView> existing = absl::UnknownError("not read");
  do {
    reading.old = false;
    reading_.push_back(&reading);
    existing = co_await Get(id, Detail::kBasic);
    std::erase(reading_, &reading);
    // A commit that failed may still have landed behind what was read.
    if (absl::IsNotFound(existing.status()) && resets != resets_) co_return Recovering();
    // It may have been submitted while the store was asked, and may be gone from memory again.
  } while (absl::IsNotFound(existing.status()) && (Find(id) != nullptr || reading.old));
  if (absl::IsNotFound(existing.status())) co_return std::optional<SubmitResult>();
  if (!existing.ok()) co_return existing.status();
  if (existing->execution.request_fingerprint != admission.execution.request_fingerprint) {
    co_return IdInUse(admission);
  }
  co_return SubmitResult{.view = *std::move(existing), .duplicate = true};
}

async::Task<absl::StatusOr<ExecutionView>> Shard::Get(ExecutionId id, Detail detail) {
  if (const Live* live = Find(id)) {
    ExecutionView view = ViewOf(*live, detail);
    if (live->is_express()) co_return view;
    absl::Status durable = co_await Durable(live->turn);
    if (!durable.ok()) co_return durable;
    co_return view;
  }
  // Who asks mostly asks for one that has closed just now.
  for (auto closed = closed_express_.rbegin(); closed != closed_express_.rend(); ++closed) {
    if ((*closed)->execution.id == id) co_return ViewOf(**closed, detail);
  }
  absl::StatusOr<std::unique_ptr<Live>> read = co_await Read(id, Part::kHead);
  if (!read.ok()) co_return read.status();
  if (*read == nullptr) co_return ExecutionNotFound(id);
  co_return ViewOf(**read, detail);
}

async::Task<absl::StatusOr<ExecutionView>> Shard::Cancel(ExecutionId id, engine::Cancelled reason) {
  if (absl::Status status = Admissible(); !status.ok()) co_return status;
  absl::StatusOr<Live*> loaded = co_await Load(id);
  if (!loaded.ok()) co_return loaded.status();
  if (absl::Status status = Admissible(); !status.ok()) co_return status;
  Live* live = *loaded;
  if (live != nullptr && !IsClosed(live->execution.status)) {
    Apply(*live, std::move(reason));
    co_return co_await Get(id, Detail::kBasic);
  }
  absl::StatusOr<ExecutionView> view = co_await Get(id, Detail::kBasic);
  if (!view.ok() || view->execution.status == engine::ExecutionStatus::kCancelled) co_return view;
  co_return MakeError(
      absl::StatusCode::kFailedPrecondition,
      absl::StrCat("execution ", id.value(), " has ended already"),
      {.reason = "EXECUTION_CLOSED", .resource_type = "execution", .resource_name = id.value()});
}

async::Task<Watcher::Signal> Shard::Await(Live& live, Watcher::Until what, absl::Time until) {
  if (state_ == State::kStopping) co_return Watcher::Signal::kDraining;
  const ExecutionId id = live.execution.id;
  Watcher watcher{.until = what};
  live.watchers.push_back(&watcher);
  const async::TimerId timer = deps_.executor->At(until, [this, id, watcher = &watcher] {
    if (Live* waited = Find(id)) std::erase(waited->watchers, watcher);
    watcher->signal.Set(Watcher::Signal::kTimedOut);
  });
  const Watcher::Signal signal = co_await watcher.signal;
  deps_.executor->Cancel(timer);
  // With nobody watching, a sleeper may leave memory.
  deps_.executor->Post([this, id] {
    if (Live* left = Find(id)) Settle(*left);
  });
  co_return signal;
}

async::Task<absl::StatusOr<ExecutionView>> Shard::Wait(ExecutionId id, Detail detail,
                                                       absl::Time until) {
  while (true) {
    if (until <= Now()) break;
    if (state_ == State::kStopping) co_return Draining();
    absl::StatusOr<Live*> live = co_await Load(id);
    if (!live.ok()) co_return live.status();
    if (*live == nullptr) break;
    const Watcher::Signal signal = co_await Await(**live, Watcher::Until::kClosed, until);
    if (signal == Watcher::Signal::kDraining) co_return Draining();
    if (signal != Watcher::Signal::kReset) break;
  }
  co_return co_await Get(id, detail);
}

async::Task<absl::StatusOr<std::vector<engine::HistoryEvent>>> Shard::NewEvents(ExecutionId id,
                                                                                int64_t after,
                                                                                int limit) {
  std::vector<engine::HistoryEvent> events;
  store::HistoryQuery query{.id = id, .from = after + 1, .limit = limit};
  absl::StatusOr<std::vector<store::StoredHistory>> stored =
      co_await deps_.store->ReadHistory(query, *deps_.executor);
  if (!stored.ok()) co_return stored.status();
  for (const store::StoredHistory& record : *stored) {
    absl::StatusOr<std::vector<engine::HistoryEvent>> decoded = DecodeHistory(id, record);
    if (!decoded.ok()) co_return decoded.status();
    for (engine::HistoryEvent& event : *decoded) {
      if (event.id > after && std::ssize(events) < limit) events.push_back(std::move(event));
    }
  }
  co_return events;
}

async::Task<absl::StatusOr<WatchResult>> Shard::Watch(Scheduler::WatchRequest request) {
  const ExecutionId id = request.id;
  WatchResult result;
  while (true) {
    absl::StatusOr<ExecutionView> view = co_await Get(id, request.detail);
    if (!view.ok()) co_return view.status();
    absl::StatusOr<std::vector<engine::HistoryEvent>> events =
        co_await NewEvents(id, request.after, request.limit);
    if (!events.ok()) co_return events.status();
    result.view = *std::move(view);
    result.events = *std::move(events);
    result.changed |= !result.events.empty() || IsClosed(result.view.execution.status);
    if (result.changed || Now() >= request.until) co_return result;
    absl::StatusOr<Live*> live = co_await Load(id);
    if (!live.ok()) co_return live.status();
    if (*live == nullptr) continue;  // it closed meanwhile
    // Something became durable while the store was read: nobody will tell about it again.
    const bool missed = !(*live)->is_express() && (*live)->turn <= durable_ &&
                        (*live)->execution.last_event > request.after;
    if (missed) continue;
    const Watcher::Signal signal = co_await Await(**live, Watcher::Until::kChanged, request.until);
    if (signal == Watcher::Signal::kDraining) co_return Draining();
    result.changed |= signal == Watcher::Signal::kHappened;
  }
}

}  // namespace segue::scheduler
