#include "server/scheduler/shard.h"

#include <algorithm>
#include <utility>

#include "server/base/check.h"
#include "server/base/error.h"
#include "server/engine/apply.h"
#include "server/engine/await.h"
#include "server/scheduler/map_run/map_run_driver.h"
#include "server/scheduler/nested/route.h"

namespace segue::scheduler {

Shard::Shard(Dependencies dependencies, const Options& options)
    : deps_(std::move(dependencies)),
      options_(options),
      wakes_(*deps_.executor, [this](const ExecutionId& id) { OnDue(id); }) {}

// What still waits (for the child of a nested call, say) without a Stop before this.
Shard::~Shard() {
  for (auto& [name, work] : at_work_) {
    for (const std::shared_ptr<MapRunDriver>& run : work.runs) run->ThrowAway();
  }
  tasks_.ThrowAway();
}

// Stored times have microseconds: what is computed before and after a restart must be the same.
absl::Time Shard::Now() const {
  return absl::FromUnixMicros(absl::ToUnixMicros(deps_.executor->Now()));
}

void Shard::Apply(Live& live, const engine::Event& event) {
  engine::Transition transition = engine::Apply(*live.workflow, live.execution, event, Now());
  if (transition.empty()) return;
  const ExecutionId& id = live.execution.id;
  AddLeftovers(live, transition);
  if (live.is_express()) {
    for (engine::Effect& effect : transition.effects) {
      express_effects_.emplace_back(id, std::move(effect));
    }
    express_changed_.push_back(id);
    return;
  }
  live.change.Add(transition);
  if (live.turn != turn_.number) {
    live.turn = turn_.number;
    turn_.changed.push_back(&live);
  }
  for (engine::Effect& effect : transition.effects) {
    turn_.effects.emplace_back(id, std::move(effect));
  }
}

void Shard::EndTurn() {
  ReleaseExpress();
  FlushTurn();
  TryStop();
  const int64_t change = std::ssize(live_) - std::exchange(in_memory_told_, std::ssize(live_));
  if (change != 0) deps_.observer->OnInMemory(deps_.index, in_memory_told_, change);
  // What went out just now may have been answered at once: no event will come to end another turn.
  const bool waits_for_commit = committing_ || state_ == State::kResetting;
  const bool is_left = !express_effects_.empty() || !express_changed_.empty() ||
                       (!turn_.empty() && !waits_for_commit);
  if (is_left) deps_.executor->Post([] {});
}

void Shard::FlushTurn() {
  if (committing_ || turn_.empty() || state_ == State::kResetting) return;
  committing_ = std::exchange(turn_, Turn{.number = turn_.number + 1});
  store::Batch batch{.fence = fence_};
  batch.executions.reserve(committing_->changed.size() + committing_->removals.size());
  for (Live* live : committing_->changed) batch.executions.push_back(TakeWrite(*live));
  std::ranges::move(committing_->removals, std::back_inserter(batch.executions));
  batch.documents = std::move(committing_->documents);
  for (const Leftover& leftover : committing_->leftovers) {
    batch.documents.push_back(
        {.collection = kLeftovers, .key = KeyOf(leftover), .record = EncodeLeftover(leftover)});
  }
  if (batch.empty()) {
    OnCommitted(absl::OkStatus());
    return;
  }
  Observer::Commit commit{.shard = deps_.index,
                          .executions = static_cast<int>(batch.executions.size()),
                          .bytes = BytesOf(batch)};
  deps_.store->Commit(
      std::move(batch), *deps_.executor,
      [this, commit, handed_over = deps_.executor->Now()](absl::Status status) mutable {
        commit.latency = deps_.executor->Now() - handed_over;
        if (status.ok()) deps_.observer->OnCommit(commit);
        OnCommitted(status);
      });
}

void Shard::OnCommitted(const absl::Status& status) {
  if (!status.ok()) {
    Reset(status);
    return;
  }
  Turn turn = *std::exchange(committing_, std::nullopt);
  durable_ = turn.number;
  // Whom an effect or a waiter resumes may look at any execution, and must not let go of these.
  for (Live* live : turn.changed) live->settles_with_turn = true;
  for (auto& [id, effect] : turn.effects) Perform(id, effect);
  for (Leftover& leftover : turn.leftovers) BeginLeftover(std::move(leftover));
  for (async::OneShot<absl::Status>* waiter : turn.waiters) waiter->Set(absl::OkStatus());
  for (Live* live : turn.changed) {
    live->settles_with_turn = false;
    Settle(*live);
  }
}

// EXPRESS executions promise nothing about a crash: their effects go out with the turn that caused
// them.
void Shard::ReleaseExpress() {
  // A round may cause the next, which goes out in the next turn.
  auto effects = std::exchange(express_effects_, {});
  auto changed = std::exchange(express_changed_, {});
  auto leftovers = std::exchange(express_leftovers_, {});
  for (auto& [id, effect] : effects) Perform(id, effect);
  for (Leftover& leftover : leftovers) BeginLeftover(std::move(leftover));
  for (const ExecutionId& id : changed) {
    if (Live* live = Find(id)) Settle(*live);
  }
}

void Shard::Perform(const ExecutionId& id, engine::Effect& effect) {
  const auto found = live_.find(id);
  if (found == live_.end()) return;
  Live& live = *found->second;
  if (auto* start = std::get_if<engine::StartAttempt>(&effect)) {
    StartAttempt(live, *start);
  } else if (auto* run = std::get_if<engine::StartMapRun>(&effect)) {
    StartMapRun(live, run->attempt);
  } else if (auto* cancel = std::get_if<engine::CancelAttempt>(&effect)) {
    // What it has started is a leftover.
    const auto attempt = live.attempts.extract(cancel->attempt);
    if (!attempt.empty()) CancelCall(*deps_.runner, attempt.mapped().handle);
  } else if (std::holds_alternative<engine::Resume>(effect)) {
    deps_.executor->Post([this, id] {
      // A loop without end would hold up a stop for ever: whoever recovers goes on with it.
      Live* ready = state_ == State::kStopping ? nullptr : Find(id);
      if (ready != nullptr) Apply(*ready, engine::Resumed{});
    });
  }
  // engine::Closed: Settle sees it by the status.
}

namespace {

Outstanding::AtStop AtStopOf(const language::Resource& resource) {
  return engine::IsPulled(resource) ? Outstanding::AtStop::kDrop : Outstanding::AtStop::kWait;
}

}  // namespace

void Shard::StartAttempt(Live& live, const engine::StartAttempt& effect) {
  if (state_ == State::kStopping || live.attempts.contains(effect.attempt)) return;
  if (IsNested(*effect.resource)) return StartNested(live, effect);
  const engine::Execution& execution = live.execution;
  // A definition that names what cannot be called is refused, so there is a route; the registry
  // answers an unknown service with an error of the workflow.
  const Route route = RouteOf(*effect.resource).value_or(Route{.service = effect.resource->text});
  services::AttemptRequest request{
      .service = route.service,
      .method = route.method,
      .arguments = effect.arguments,
      .idempotency_key = effect.idempotency_key,
      .trace_parent = execution.trace_parent,
      .execution_id = execution.id.value(),
      .workflow = execution.workflow,
      .attempt = effect.attempt.attempt,
      .task_token = effect.task_token,
      .trace = live.trace,
      .priority = execution.priority,
      .timeout = effect.timeout,
      .heartbeat = effect.heartbeat,
  };
  if (!live.is_express()) {
    request.started = [this, id = execution.id, attempt = effect.attempt](absl::Time started) {
      OnAttemptStarted(id, {.attempt = attempt, .started = started});
    };
  }
  auto done = [this, id = execution.id, attempt = effect.attempt](services::AttemptResult result) {
    OnAttemptFinished(id, attempt, std::move(result));
  };
  live.attempts[effect.attempt] = {
      .handle = deps_.runner->Start(std::move(request), *deps_.executor, std::move(done)),
      .at_stop = AtStopOf(*effect.resource)};
}

// A start that nothing follows for a while is recorded for its own sake.
constexpr absl::Duration kStartUnrecordedMax = absl::Seconds(1);

void Shard::OnAttemptStarted(const ExecutionId& id, const engine::AttemptStarted& started) {
  Live* live = Find(id);
  if (live == nullptr) return;
  Apply(*live, started);
  if (live->execution.unrecorded_starts.size() != 1) return;  // none, or listed already
  if (unrecorded_starts_.empty()) {
    deps_.executor->At(deps_.executor->Now() + kStartUnrecordedMax, [this] { RecordStarts(); });
  }
  unrecorded_starts_.push_back(id);
}

void Shard::RecordStarts() {
  for (const ExecutionId& id : std::exchange(unrecorded_starts_, {})) {
    Live* live = Find(id);
    if (live != nullptr) Apply(*live, engine::RecordStarts());
  }
}

// Null where it takes no results: while the shard resets, recovery asks for those again. EXPRESS
// ones stay in memory, and nobody asks again.
Live* Shard::FindAwaiting(const ExecutionId& id) {
  Live* live = Find(id);
  const bool is_forgotten = state_ == State::kResetting && live != nullptr && !live->is_express();
  return is_forgotten ? nullptr : live;
}

void Shard::OnAttemptFinished(const ExecutionId& id, engine::AttemptId attempt,
                              services::AttemptResult result) {
  Live* live = Find(id);
  if (live == nullptr) return;
  live->attempts.erase(attempt);
  Apply(*live, engine::AttemptFinished{.attempt = attempt,
                                       .started = result.started,
                                       .result = std::move(result.outcome),
                                       .retry_after = result.retry_after});
}

// Called when all that is known of `live` may be durable: tells watchers, and lets go of what need
// not be in memory.
void Shard::Settle(Live& live) {
  if (live.turn > durable_ || live.settles_with_turn) return;  // it comes to this again
  engine::Execution& execution = live.execution;
  if (IsClosed(execution.status)) {
    Close(live);
    return;
  }
  const std::optional<absl::Time> due = execution.NextDue();
  SetWake(live, due);
  Notify(live, Watcher::Signal::kHappened);
  if (live.turn > durable_) return;  // a watcher changed it
  const bool idle = !live.is_express() && !execution.IsActive() && live.watchers.empty() &&
                    (!due || *due > Now() + options_.eviction_idle);
  if (!idle) return;
  if (due && *due > window_end_) SetWake(live, std::nullopt);
  (void)Forget(execution.id);  // its wake stays
}

// Out of memory; nothing where it is not there.
std::unique_ptr<Live> Shard::Forget(const ExecutionId& id) {
  for (Reading* reading : reading_) reading->old |= reading->id == id;
  auto node = live_.extract(id);
  return node.empty() ? nullptr : std::move(node.mapped());
}

void Shard::TellStarted(const engine::Execution& execution) {
  ++open_told_;
  deps_.observer->OnStarted(execution);
}

void Shard::Close(Live& live) {
  SetWake(live, std::nullopt);
  --open_told_;
  deps_.observer->OnClosed(live.execution);
  for (const auto& [attempt, out] : std::exchange(live.attempts, {}))
    CancelCall(*deps_.runner, out.handle);
  Notify(live, Watcher::Signal::kHappened);
  std::unique_ptr<Live> closed = Forget(live.execution.id);
  if (!closed->is_express()) return;
  closed_express_.push_back(std::move(closed));
  if (std::ssize(closed_express_) > options_.closed_express_max) closed_express_.pop_front();
}

void Shard::Notify(Live& live, Watcher::Signal signal) {
  const bool closed = IsClosed(live.execution.status);
  std::vector<Watcher*> ready;
  std::erase_if(live.watchers, [&](Watcher* watcher) {
    const bool wanted = signal != Watcher::Signal::kHappened || closed ||
                        watcher->until == Watcher::Until::kChanged;
    if (wanted) ready.push_back(watcher);
    return wanted;
  });
  for (Watcher* watcher : ready) watcher->signal.Set(signal);
}

void Shard::SetWake(Live& live, std::optional<absl::Time> at) {
  if (live.wake == at) return;
  if (live.wake) wakes_.Remove(*live.wake, live.execution.id);
  if (at) wakes_.Add(*at, live.execution.id);
  live.wake = at;
}

async::Task<absl::Status> Shard::Durable(uint64_t turn) {
  if (turn <= durable_) co_return absl::OkStatus();
  async::OneShot<absl::Status> committed;
  Turn& waited = committing_ && turn <= committing_->number ? *committing_ : turn_;
  waited.waiters.push_back(&committed);
  co_return co_await committed;
}

async::Task<absl::Status> Shard::CommitDocuments(std::vector<store::DocumentWrite> documents) {
  if (absl::Status status = Admissible(); !status.ok()) co_return status;
  std::move(documents.begin(), documents.end(), std::back_inserter(turn_.documents));
  co_return co_await Durable(turn_.number);
}

}  // namespace segue::scheduler
