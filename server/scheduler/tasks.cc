#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/engine/apply.h"
#include "server/engine/await.h"
#include "server/scheduler/codec.h"
#include "server/scheduler/errors.h"
#include "server/scheduler/shard.h"

// Tasks whose result others bring, by the task's token.

namespace segue::scheduler {

// The execution whose task waits for this token.
async::Task<absl::StatusOr<Live*>> Shard::LoadAwaited(engine::TaskToken token) {
  if (absl::Status status = Admissible(); !status.ok()) co_return status;
  absl::StatusOr<Live*> loaded = co_await Load(token.execution);
  if (!loaded.ok()) co_return loaded.status();
  if (absl::Status status = Admissible(); !status.ok()) co_return status;
  Live* live = *loaded;
  if (live == nullptr || IsClosed(live->execution.status)) {
    absl::StatusOr<ExecutionView> view = co_await Get(token.execution, Detail::kBasic);
    if (absl::IsNotFound(view.status())) co_return TaskNotFound();
    co_return view.ok() ? TaskGone() : view.status();
  }
  const bool is_genuine = engine::IsGenuine(token, live->execution);
  if (is_genuine && engine::IsAwaited(*live->workflow, live->execution, token.attempt)) {
    co_return live;
  }
  const uint64_t turn = live->turn;
  const bool is_express = live->is_express();
  if (turn <= durable_) Settle(*live);  // it need not stay in memory for this
  if (!is_genuine) co_return InvalidTaskToken();
  if (is_express) co_return TaskGone();
  // What has ended the wait may be undone yet.
  absl::Status durable = co_await Durable(turn);
  co_return durable.ok() ? TaskGone() : durable;
}

async::Task<absl::Status> Shard::ApplyToTask(engine::TaskToken token, engine::Event event) {
  absl::StatusOr<Live*> live = co_await LoadAwaited(std::move(token));
  if (!live.ok()) co_return live.status();
  Apply(**live, event);
  if ((*live)->is_express()) co_return absl::OkStatus();
  const uint64_t turn = (*live)->turn;
  if (turn <= durable_) Settle(**live);  // nothing to change
  co_return co_await Durable(turn);
}

async::Task<absl::Status> Shard::CompleteTask(engine::TaskToken token,
                                              engine::TaskCompleted event) {
  const ExecutionId id = token.execution;
  const std::string sender = event.sender;
  absl::Status status = co_await ApplyToTask(std::move(token), std::move(event));
  if (sender.empty() || !absl::IsFailedPrecondition(status)) co_return status;
  absl::StatusOr<bool> has_sent = co_await HasResultFrom(id, sender);
  if (!has_sent.ok()) co_return has_sent.status();
  co_return *has_sent ? absl::OkStatus() : status;
}

// Whether the execution's history has a result from this task, durably.
async::Task<absl::StatusOr<bool>> Shard::HasResultFrom(ExecutionId id, std::string sender) {
  if (const Live* live = Find(id)) {
    absl::Status durable = co_await Durable(live->turn);
    if (!durable.ok()) co_return durable;
  }
  const auto is_sent = [&sender](const engine::HistoryEvent& event) {
    return event.sender == sender;
  };
  // The newest first: it was not long ago.
  store::HistoryQuery query{.id = id, .order = store::HistoryQuery::Order::kDescending};
  while (true) {
    absl::StatusOr<std::vector<store::StoredHistory>> records =
        co_await deps_.store->ReadHistory(query, *deps_.executor);
    if (!records.ok()) co_return records.status();
    for (const store::StoredHistory& record : *records) {
      absl::StatusOr<std::vector<engine::HistoryEvent>> events = DecodeHistory(id, record);
      if (!events.ok()) co_return events.status();
      if (std::ranges::any_of(*events, is_sent)) co_return true;
    }
    if (std::ssize(*records) < query.limit) co_return false;
    query.to = records->back().first - 1;
  }
}

async::Task<absl::Status> Shard::HeartbeatTask(engine::TaskToken token) {
  engine::TaskHeartbeat event{.attempt = token.attempt};
  co_return co_await ApplyToTask(std::move(token), std::move(event));
}

void Shard::StartNested(Live& live, const engine::StartAttempt& effect) {
  const engine::Execution& execution = live.execution;
  // Given up while the commit was under way.
  if (!engine::IsInFlight(execution, effect.attempt)) return;
  NestedCall call{.resource = effect.resource,
                  .workflow = live.workflow,
                  .arguments = effect.arguments,
                  .task = effect.idempotency_key,
                  .request = RequestOf(effect),
                  .submitted = effect.submitted,
                  .trace_parent = execution.trace_parent,
                  .priority = execution.priority,
                  .depth = execution.depth + 1,
                  .deadline = Now() + effect.timeout.value_or(absl::InfiniteDuration())};
  // While the shard resets nothing is known: recovery asks again, or finds that it has ended.
  call.is_wanted = [this, id = execution.id, attempt = effect.attempt] {
    const Live* waiting = Find(id);
    return state_ == State::kResetting ||
           (waiting != nullptr && waiting->attempts.contains(attempt));
  };
  NestedAttempt made{.id = execution.id, .attempt = effect.attempt, .nested = ++nested_made_};
  live.attempts[effect.attempt] = {.at_stop = Outstanding::AtStop::kDrop, .nested = made.nested};
  tasks_.Spawn(FollowNested(std::move(made), std::move(call)));
}

async::Task<void> Shard::FollowNested(NestedAttempt made, NestedCall call) {
  const absl::Time started = Now();
  const AttemptName name(made.id, made.attempt);
  ++at_work_[name].calls;
  std::optional<Outcome<Json>> outcome =
      co_await RunNested(*deps_.scheduler, std::move(call), *deps_.executor);
  --at_work_.at(name).calls;
  TellEndOfWork(name);
  const Live* live = FindAwaiting(made.id);
  if (!outcome || live == nullptr) co_return;
  const auto out = live->attempts.find(made.attempt);
  if (out == live->attempts.end() || out->second.nested != made.nested) co_return;
  OnAttemptFinished(made.id, made.attempt, {.outcome = *std::move(outcome), .started = started});
}

}  // namespace segue::scheduler
