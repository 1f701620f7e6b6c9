#include <utility>

#include "absl/strings/str_cat.h"
#include "tests/simulation/client_states.h"

// A client as a worker, and as whoever was given a task's token.

namespace segue::simulation {
async::Task<void> Client::PullTask(Server* server, std::string name, absl::Duration patience) {
  services::TaskSource::PollRequest request{.queue = QueueOf(name),
                                            .worker = absl::StrCat("c", number_),
                                            .until = server->Now() + patience};
  absl::StatusOr<std::optional<services::PulledTask>> pulled =
      co_await server->workers().Poll(std::move(request), server->Here(), async::CancelToken());
  if (server->cut() || !pulled.ok() || !pulled->has_value()) co_return;
  const services::PulledTask& task = **pulled;
  world_.trace.Say(server->Now(), "client ", number_, " pulled ", task.idempotency_key, "#",
                   task.attempt);
  world_.known.tokens.Add({.method = {},
                           .arguments = task.input,
                           .idempotency_key = task.idempotency_key,
                           .execution_id = task.execution_id,
                           .attempt = task.attempt,
                           .task_token = task.task_token},
                          name);
}

// Rather one that waits; now and then any: its result comes twice, or late, or by a stale token.
async::Task<void> Client::CompleteAny(Server* server) {
  const TokenBook& tokens = world_.known.tokens;
  if (tokens.tasks().empty()) co_return;
  size_t task = world_.random.Below(tokens.tasks().size());
  if (Chance(0.7)) {
    const size_t open = tokens.FindOpen(task);
    task = open < tokens.tasks().size() ? open : tokens.FindOpen(0);
    if (task == tokens.tasks().size()) co_return;
  }
  co_await Complete(server, task);
}

// Of a task that others may complete: none whose result is predicted. Empty: none.
std::string Client::AnyToken() {
  const std::vector<TokenBook::TaskInHand>& tasks = world_.known.tokens.tasks();
  if (tasks.empty() || Chance(0.3)) return "";
  const size_t open = world_.known.tokens.FindOpen(world_.random.Below(tasks.size()));
  if (open == tasks.size() || IsPredictable(tasks[open].key)) return "";
  return tasks[open].token;
}

// Nobody waits for the task's result any more. Where its execution was removed, or was an EXPRESS
// one and was lost in a crash, another of its id knows nothing of its tokens.
bool Client::IsGone(const TokenBook::TaskInHand& task, const Status& status) const {
  const bool lost = IsExpress(task.key) || world_.ledger.WasRemoved(task.execution);
  return (lost && absl::IsInvalidArgument(status)) || absl::IsFailedPrecondition(status) ||
         absl::IsNotFound(status);
}

Outcome<Json> Client::ResultOf(const TokenBook::TaskInHand& task, int64_t number) {
  const std::string cause = absl::StrCat(kCompletion, number);
  if (IsPredictable(task.key)) {
    const Prediction answer = FakeServices::Predictable(task.AsModelCall());
    if (!answer.error.empty()) return WorkflowError{answer.error, cause};
    return answer.output.With("call", number);
  }
  if (Chance(0.3)) return WorkflowError{Chance(0.5) ? "Sim.Refused" : "Grpc.Unavailable", cause};
  return Json::Of({{"call", number}, {"v", number % 10}});
}

async::Task<absl::Status> Client::Send(Server* server, std::string token, Outcome<Json> result) {
  StatesClient states(world_, number_);
  if (Chance(0.5)) co_return co_await states.SendResult(server, token, std::move(result));
  co_return co_await server->scheduler().CompleteTask(std::move(token), std::move(result));
}

async::Task<absl::Status> Client::SendHeartbeat(Server* server, std::string token) {
  StatesClient states(world_, number_);
  if (Chance(0.5)) co_return co_await states.SendHeartbeat(server, std::move(token));
  co_return co_await server->scheduler().HeartbeatTask(std::move(token));
}

async::Task<void> Client::Complete(Server* server, size_t task) {
  const TokenBook::TaskInHand in_hand = world_.known.tokens.tasks()[task];
  const int64_t number = world_.ledger.OnCompletion(in_hand.key, in_hand.attempt);
  const bool twice = world_.knobs.plant == Plant::kTokenResultTwice && number > 0;
  Outcome<Json> result = ResultOf(in_hand, twice ? number - number % 2 : number);
  absl::Status status = co_await Send(server, in_hand.token, std::move(result));
  if (server->cut()) co_return;
  world_.trace.Say(server->Now(), "completion ", number, ": ", status.ToString());
  if (world_.knobs.plant == Plant::kStaleTokenAccepted && absl::IsFailedPrecondition(status)) {
    status = absl::OkStatus();
  }
  const bool gone = IsGone(in_hand, status);
  if (status.ok() || gone) {
    world_.known.tokens.Settle(task);
    if (status.ok()) world_.ledger.OnAccepted(number);
    co_return;
  }
  CheckError(status, "completion", in_hand.execution);
}

async::Task<void> Client::Heartbeat(Server* server) {
  const TokenBook& tokens = world_.known.tokens;
  const size_t task = tokens.FindOpen(0);
  if (task == tokens.tasks().size()) co_return;
  const TokenBook::TaskInHand in_hand = tokens.tasks()[task];
  absl::Status status = co_await SendHeartbeat(server, in_hand.token);
  if (server->cut()) co_return;
  if (!status.ok() && !IsGone(in_hand, status)) CheckError(status, "heartbeat", in_hand.execution);
}

}  // namespace segue::simulation
