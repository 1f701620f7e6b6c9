#include <optional>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "tests/simulation/client.h"

// What a client only looks at.

namespace segue::simulation {
namespace {

// How long the server may take to tell what has happened: all that the store and the reset can
// delay it by.
constexpr absl::Duration kNewsMax = absl::Minutes(3);

}  // namespace

async::Task<void> Client::Get(Server* server, std::string id) {
  const std::optional<Ledger::Execution> before = Before(id);
  const auto detail = Chance(0.5) ? scheduler::Detail::kFull : scheduler::Detail::kBasic;
  absl::StatusOr<scheduler::ExecutionView> view =
      co_await server->scheduler().Get(ExecutionId(id), detail);
  if (server->cut()) co_return;
  if (!view.ok()) co_return CheckError(view.status(), "get", id);
  CheckView(id, *view, before, "get");
}

async::Task<void> Client::Wait(Server* server, std::string id) {
  const std::optional<Ledger::Execution> before = Before(id);
  const absl::Time until = server->Now() + absl::Nanoseconds(world_.random.Below(600'000'000'000));
  const absl::Time asked = server->Now();
  const absl::Time asked_for =
      world_.knobs.plant == Plant::kWaitCutShort ? asked + (until - asked) / 2 : until;
  absl::StatusOr<scheduler::ExecutionView> view =
      co_await server->scheduler().Wait(ExecutionId(id), scheduler::Detail::kBasic, asked_for);
  if (world_.knobs.plant == Plant::kWaitSleepsOn) {
    co_await Sleep(absl::Minutes(10), server->Here());
  }
  if (server->cut()) co_return;
  if (!view.ok()) co_return CheckError(view.status(), "wait", id);
  CheckView(id, *view, before, "wait");
  const absl::Time now = server->Now();
  const bool redriven = before && view->execution.redrive_count > before->redrives;
  if (!IsClosed(view->execution.status) && !redriven && now < until - absl::Microseconds(1)) {
    world_.verdict.Broken("wait", id, " is open, and the wait ended early");
  }
  const Ledger::Execution* durable = world_.ledger.Find(id);
  if (durable != nullptr && durable->closed() && now - durable->closed_time > kNewsMax && before &&
      !before->closed()) {
    world_.verdict.Broken("wait", id, " closed long ago, and the wait slept on");
  }
}

async::Task<void> Client::Watch(Server* server, std::string id) {
  int64_t after = 0;
  const absl::Time end = server->Now() + absl::Nanoseconds(world_.random.Below(1'000'000'000'000));
  while (server->Now() < end) {
    const std::optional<Ledger::Execution> before = Before(id);
    const absl::Time asked = server->Now();
    const int limit = 1 + static_cast<int>(world_.random.Below(50));
    scheduler::Scheduler::WatchRequest request{
        .id = ExecutionId(id), .after = after, .until = end, .limit = limit};
    absl::StatusOr<scheduler::WatchResult> result =
        co_await server->scheduler().Watch(std::move(request));
    if (server->cut()) co_return;
    if (!result.ok()) co_return CheckError(result.status(), "watch", id);
    CheckView(id, result->view, before, "watch");
    if (world_.ledger.WasRemoved(id)) co_return;
    if (world_.knobs.plant == Plant::kWatchEventTwice && after == 0 && !result->events.empty()) {
      result->events.insert(result->events.begin(), result->events.front());
    }
    for (const engine::HistoryEvent& event : result->events) {
      if (event.id != ++after) {
        co_return world_.verdict.Broken("watch", id, " goes on with event ", event.id,
                                        ", expected ", after);
      }
    }
    const Ledger::Execution* durable = world_.ledger.Find(id);
    if (durable == nullptr) co_return;
    if (after > durable->last_event) {
      co_return world_.verdict.Broken("rule 1", "watch of ", id, " shows what is not durable");
    }
    const bool news = durable->last_event > after - std::ssize(result->events) &&
                      std::max(durable->last_event_time, asked) < server->Now() - kNewsMax;
    if (news) co_return world_.verdict.Broken("watch", id, " has long gone on, and it slept on");
    if (result->events.empty() && IsClosed(result->view.execution.status)) {
      const bool redriven = durable->redrives > result->view.execution.redrive_count;
      if (after == durable->last_event || redriven) co_return;
      co_return world_.verdict.Broken("watch", id, " ended at event ", after, " of ",
                                      durable->last_event);
    }
    if (!result->changed && server->Now() < end - absl::Microseconds(1)) {
      co_return world_.verdict.Broken("watch", id, " ended early and without a change");
    }
  }
}

async::Task<void> Client::List(Server* server) {
  std::optional<scheduler::ListCursor> after;
  std::set<std::string> seen;
  scheduler::ListFilter filter;
  if (Chance(0.3)) filter.workflow = AnyWorkflow();
  if (Chance(0.3)) filter.statuses = {engine::ExecutionStatus::kRunning};
  do {
    absl::StatusOr<scheduler::ListPage> page = co_await server->scheduler().List(
        filter, after, 1 + static_cast<int>(world_.random.Below(20)));
    if (server->cut()) co_return;
    if (!page.ok()) co_return CheckError(page.status(), "list", "");
    for (const scheduler::ExecutionView& view : page->executions) {
      const std::string& id = view.execution.id.value();
      if (!seen.insert(id).second) world_.verdict.Broken("list", id, " comes twice");
      CheckView(id, view, std::nullopt, "list");
      if (filter.workflow && view.execution.workflow != *filter.workflow) {
        world_.verdict.Broken("list", id, " is of ", view.execution.workflow, ", asked for ",
                              *filter.workflow);
      }
    }
    after = page->next;
  } while (after);
}

async::Task<void> Client::History(Server* server, std::string id) {
  const std::optional<Ledger::Execution> before = Before(id);
  const bool descending = Chance(0.5);
  scheduler::HistoryRequest request{.id = ExecutionId(id)};
  if (descending) request.order = scheduler::HistoryRequest::Order::kDescending;
  absl::StatusOr<std::vector<engine::HistoryEvent>> events =
      co_await server->scheduler().History(std::move(request));
  if (server->cut()) co_return;
  if (!events.ok()) co_return CheckError(events.status(), "history", id);
  const Ledger::Execution* durable = world_.ledger.Find(id);
  if (durable == nullptr || world_.ledger.WasRemoved(id)) co_return;
  int64_t last = 0;
  for (const engine::HistoryEvent& event : *events) {
    if (last != 0 && event.id != last + (descending ? -1 : 1)) {
      co_return world_.verdict.Broken("history", id, " has event ", event.id, " after ", last);
    }
    last = event.id;
  }
  const int64_t newest = descending && !events->empty() ? events->front().id : last;
  if (newest > durable->last_event) world_.verdict.Broken("rule 1", "history of ", id);
  const int64_t expected = before ? std::min<int64_t>(before->last_event, 100) : 0;
  if (std::ssize(*events) < expected) world_.verdict.Broken("history", id, " is not complete");
}

}  // namespace segue::simulation
