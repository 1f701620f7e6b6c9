#include "tests/simulation/client.h"

#include "absl/strings/str_cat.h"
#include "server/async/one_shot.h"
#include "server/base/error.h"
#include "tests/simulation/workflow_generator.h"

namespace segue::simulation {
namespace {

// How long the server may take to tell what has happened: all that the store and the reset can
// delay it by.
constexpr absl::Duration kNewsMax = absl::Minutes(3);

}  // namespace

// Runs on a loop of the server, which may crash meanwhile: then nothing of it counts.
async::Task<void> Client::Run(Server* server, async::Task<void> call) {
  const uint64_t mine = ++call_;
  co_await std::move(call);
  if (server->cut() || mine != call_) co_return;
  ++world_.known.answers;
  busy_ = false;
}

void Client::Act(Server& server) {
  busy_ = true;
  server.AnyLoop().Post([this, server = &server] {
    if (!server->cut()) server->Spawn(Run(server, Do(server)));
  });
}

bool Client::ActQuietly(Server& server) {
  for (size_t i = 0; i < world_.known.requests.size(); ++i) {
    const Knowledge::Request& request = world_.known.requests[i];
    if (request.id || !request.named() || request.express()) continue;
    busy_ = true;
    server.AnyLoop().Post([this, server = &server, i] {
      if (!server->cut()) server->Spawn(Run(server, Submit(server, i)));
    });
    return true;
  }
  return false;
}

async::Task<void> Client::Do(Server* server) {
  const uint64_t drawn = world_.random.Below(100);
  const std::vector<std::string>& known = world_.known.acknowledged;
  if (drawn < 4) co_return co_await PutWorkflow(server, AnyWorkflow());
  if (drawn < 5) co_return co_await DeleteWorkflow(server, AnyWorkflow());
  if (drawn < 7) co_return co_await ChangeBudget(server);
  if (drawn < 9) co_return co_await List(server);
  if (drawn < 55 || known.empty()) {
    if (world_.known.requests.empty() || Chance(0.7)) co_return co_await SubmitNew(server);
    const size_t request = world_.random.Below(world_.known.requests.size());
    if (!world_.known.requests[request].named()) co_return co_await SubmitNew(server);
    if (Chance(0.2)) co_return co_await SubmitConflicting(server, request);
    co_return co_await Submit(server, request);
  }
  // Rather the newest: most of the old ones have ended.
  const size_t back =
      world_.random.Below(Chance(0.7) ? std::min<size_t>(known.size(), 8) : known.size());
  std::string id = known[known.size() - 1 - back];
  if (drawn < 65) co_return co_await Get(server, std::move(id));
  if (drawn < 75) co_return co_await Wait(server, std::move(id));
  if (drawn < 88) co_return co_await Watch(server, std::move(id));
  if (drawn < 93) co_return co_await History(server, std::move(id));
  co_await Cancel(server, std::move(id));
}

std::string Client::AnyWorkflow() {
  return absl::StrCat("w", world_.random.Below(static_cast<uint64_t>(world_.knobs.workflows)));
}

std::optional<Ledger::Execution> Client::Before(const std::string& id) const {
  const Ledger::Execution* found = world_.ledger.Find(id);
  if (found == nullptr) return std::nullopt;
  return *found;
}

void Client::CheckError(const Status& status, std::string_view what, std::string_view id) {
  world_.trace.Say(absl::UnixEpoch(), "client ", number_, " ", std::string(what), " ",
                   std::string(id), ": ", status.ToString());
  switch (status.code()) {
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kResourceExhausted:
    case absl::StatusCode::kInternal:  // the store's
      return;
    case absl::StatusCode::kNotFound:
    case absl::StatusCode::kAlreadyExists:  // a conflicting submit got the id that was free again
      if (world_.ledger.WasRemoved(std::string(id))) return;
      break;
    default:
      break;
  }
  world_.verdict.Broken("answer", std::string(what), " of ", std::string(id), ": ",
                        status.ToString());
}

void Client::CheckView(const std::string& id, const scheduler::ExecutionView& view,
                       const std::optional<Ledger::Execution>& before, std::string_view what) {
  const std::string where = absl::StrCat(std::string(what), " of ", id);
  const Ledger::Execution* now = world_.ledger.Find(id);
  if (view.execution.id.value() != id) {
    return world_.verdict.Broken("answer", where, " names ", view.execution.id.value());
  }
  if (world_.ledger.WasRemoved(id)) return;
  if (now == nullptr) return world_.verdict.Broken("rule 1", where, ": nothing is durable");
  if (view.execution.last_event > now->last_event) {
    world_.verdict.Broken("rule 1", where, " shows event ", view.execution.last_event,
                          ", durable is ", now->last_event);
  }
  if (IsClosed(view.execution.status) && view.execution.status != now->status) {
    world_.verdict.Broken("rule 1", where, " shows an end that is not durable");
  }
  if (!before) return;
  if (before->closed() && !IsClosed(view.execution.status)) {
    world_.verdict.Broken("answer", where, " shows an open execution that had closed");
  }
}

scheduler::SubmitRequest Client::DrawSubmit() {
  scheduler::SubmitRequest request;
  const WorkflowShape shape{.services = static_cast<int>(world_.services.size()), .depth_max = 2};
  if (Chance(0.25) || world_.known.workflows.empty()) {
    request.inline_definition = RandomWorkflow(shape, world_.random);
  } else {
    request.workflow = AnyWorkflow();
  }
  request.input = RandomInput(world_.random);
  const std::string name = absl::StrCat("c", number_, "-", names_made_++);
  if (Chance(0.25)) {
    WorkflowShape predictable = shape;
    predictable.deadline = WorkflowShape::Deadline::kNone;
    request.workflow.clear();
    request.inline_definition = RandomWorkflow(predictable, world_.random);
    request.execution_id = absl::StrCat(Ledger::kModelPrefix, name);
    return request;
  }
  if (Chance(0.12)) {
    request.type = engine::ExecutionType::kExpress;
    request.execution_id = absl::StrCat(Ledger::kExpressPrefix, name);
  } else if (Chance(0.6)) {
    request.request_id = name;
  } else if (Chance(0.5)) {
    request.execution_id = name;
  }
  if (Chance(0.2)) request.priority = static_cast<int>(world_.random.Below(10));
  if (Chance(0.2)) request.labels = {{"client", absl::StrCat(number_)}};
  return request;
}

async::Task<void> Client::SubmitNew(Server* server) {
  scheduler::SubmitRequest request = DrawSubmit();
  if (!request.execution_id.starts_with(Ledger::kModelPrefix) && Chance(0.1)) {
    request.deadline = server->Now() + absl::Nanoseconds(1 + world_.random.Below(100'000'000'000));
  }
  world_.known.requests.push_back({.submit = std::move(request)});
  co_await Submit(server, world_.known.requests.size() - 1);
}

async::Task<void> Client::Submit(Server* server, size_t request) {
  scheduler::SubmitRequest submit = world_.known.requests[request].submit;
  const bool acknowledged = world_.known.requests[request].id.has_value();
  ++world_.known.requests[request].sent;
  absl::StatusOr<scheduler::SubmitResult> result =
      co_await server->scheduler().Submit(std::move(submit));
  if (server->cut()) co_return;
  OnSubmitted(request, acknowledged, result);
}

void Client::OnSubmitted(size_t index, bool acknowledged,
                         const absl::StatusOr<scheduler::SubmitResult>& result) {
  Knowledge::Request& request = world_.known.requests[index];
  if (!result.ok()) {
    const bool no_workflow = absl::IsNotFound(result.status()) && !request.submit.workflow.empty();
    const bool too_late =
        absl::IsInvalidArgument(result.status()) && request.submit.deadline.has_value();
    // A request that cannot be accepted any more is not repeated for ever.
    if (no_workflow || too_late) {
      if (request.id && !world_.ledger.WasRemoved(*request.id) && !request.express()) {
        world_.trace.Say(absl::UnixEpoch(), "repeat refused: ", *request.id);
      }
      if (!request.id) request.id = "";
      return;
    }
    return CheckError(result.status(), "submit", request.id.value_or(""));
  }
  const std::string& id = result->view.execution.id.value();
  world_.trace.Say(absl::UnixEpoch(), "client ", number_, " submitted ", id,
                   result->duplicate ? " again" : "");
  if (request.id && !request.id->empty() && *request.id != id) {
    return world_.verdict.Broken("submit", "the same request gave ", *request.id, " and ", id);
  }
  if (result->duplicate && request.sent == 1) {
    return world_.verdict.Broken("submit", id, " is new and is called a repeat");
  }
  if (!request.express()) {
    CheckView(id, result->view, std::nullopt, "submit");
    if (acknowledged && !request.id->empty() && !result->duplicate &&
        !world_.ledger.WasRemoved(id)) {
      return world_.verdict.Broken("rule 1", id, " was acknowledged, and is started again");
    }
    const Ledger::Execution* durable = world_.ledger.Find(id);
    if (durable != nullptr && durable->input != request.submit.input) {
      return world_.verdict.Broken("submit", id, " has another input");
    }
    if (!request.id || request.id->empty()) world_.known.acknowledged.push_back(id);
  }
  request.id = id;
}

async::Task<void> Client::SubmitConflicting(Server* server, size_t request) {
  scheduler::SubmitRequest submit = world_.known.requests[request].submit;
  const std::optional<std::string> id = world_.known.requests[request].id;
  const bool express = world_.known.requests[request].express();
  // Only where it is known what the answer must be.
  if (!id || id->empty() || express || submit.deadline) co_return;
  submit.input = "\"another\"";
  absl::StatusOr<scheduler::SubmitResult> result =
      co_await server->scheduler().Submit(std::move(submit));
  if (server->cut() || world_.ledger.WasRemoved(*id)) co_return;
  if (absl::IsAlreadyExists(result.status())) co_return;
  if (absl::IsNotFound(result.status()) &&
      !world_.known.requests[request].submit.workflow.empty()) {
    co_return;
  }
  if (result.ok())
    co_return world_.verdict.Broken("submit", *id, " was accepted with another body");
  CheckError(result.status(), "conflicting submit", *id);
}

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
  absl::StatusOr<scheduler::ExecutionView> view =
      co_await server->scheduler().Wait(ExecutionId(id), scheduler::Detail::kBasic, until);
  if (server->cut()) co_return;
  if (!view.ok()) co_return CheckError(view.status(), "wait", id);
  CheckView(id, *view, before, "wait");
  const absl::Time now = server->Now();
  if (!IsClosed(view->execution.status) && now < until - absl::Microseconds(1)) {
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
      if (after == durable->last_event) co_return;
      co_return world_.verdict.Broken("watch", id, " ended at event ", after, " of ",
                                      durable->last_event);
    }
    if (!result->changed && server->Now() < end - absl::Microseconds(1)) {
      co_return world_.verdict.Broken("watch", id, " ended early and without a change");
    }
  }
}

async::Task<void> Client::Cancel(Server* server, std::string id) {
  if (id.starts_with(Ledger::kModelPrefix)) co_return;  // the model knows no cancels
  const std::optional<Ledger::Execution> before = Before(id);
  engine::Cancelled reason{.cause = "a client wishes it"};
  absl::StatusOr<scheduler::ExecutionView> view =
      co_await server->scheduler().Cancel(ExecutionId(id), std::move(reason));
  if (server->cut()) co_return;
  world_.trace.Say(server->Now(), "cancelled ", id, ": ", view.status().ToString());
  const Ledger::Execution* durable = world_.ledger.Find(id);
  if (absl::IsFailedPrecondition(view.status())) {
    const bool closed = durable == nullptr || durable->closed();
    if (!closed) world_.verdict.Broken("cancel", id, " is open, and is said to have ended");
    co_return;
  }
  if (!view.ok()) co_return CheckError(view.status(), "cancel", id);
  CheckView(id, *view, before, "cancel");
  if (view->execution.status != engine::ExecutionStatus::kCancelled) {
    world_.verdict.Broken("cancel", id, " goes on");
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

async::Task<void> Client::PutWorkflow(Server* server, std::string name) {
  const WorkflowShape shape{.services = static_cast<int>(world_.services.size())};
  scheduler::PutWorkflow put{.name = name,
                             .definition = RandomWorkflow(shape, world_.random),
                             .mode = scheduler::PutWorkflow::Mode::kCreateOrUpdate};
  Knowledge::Workflow& known = world_.known.workflows[name];
  if (Chance(0.2)) put.etag = known.etag;
  const std::string definition = put.definition;
  absl::StatusOr<scheduler::PutWorkflowResult> result =
      co_await server->scheduler().catalog().Put(std::move(put));
  if (server->cut()) co_return;
  if (absl::IsAborted(result.status())) co_return;
  if (!result.ok()) {
    if (absl::IsInvalidArgument(result.status())) {
      world_.trace.Say(server->Now(), definition);
    }
    co_return CheckError(result.status(), "put workflow", name);
  }
  const scheduler::WorkflowVersion& version = *result->version;
  world_.trace.Say(server->Now(), "workflow ", name, " has version ", version.version);
  known.version = std::max(known.version, version.version);
  known.etag = version.etag;
  const std::string key = absl::StrCat(name, "/", absl::Dec(version.version, absl::kZeroPad20));
  if (!world_.ledger.HasDocument("workflow", key)) {
    world_.verdict.Broken("rule 1", "version ", version.version, " of ", name, " is not durable");
  }
}

async::Task<void> Client::DeleteWorkflow(Server* server, std::string name) {
  const Status status = co_await server->scheduler().catalog().Delete(name, "");
  if (server->cut() || status.ok() || absl::IsNotFound(status)) co_return;
  CheckError(status, "delete workflow", name);
}

async::Task<void> Client::ChangeBudget(Server* server) {
  const size_t index = world_.random.Below(world_.services.size());
  services::BudgetLimits limits{
      .rate_per_second = Chance(0.3) ? 0 : 1 + static_cast<double>(world_.random.Below(20)),
      .max_concurrency = static_cast<int32_t>(world_.random.Below(5)),
      .timeout = absl::Seconds(1 + world_.random.Below(20))};
  async::Executor& here = server->Here();
  async::OneShot<Status> durable;
  const auto tell = [&here, &durable](const Status& status) {
    here.Post([&durable, status] { durable.Set(status); });
  };
  const services::ServiceRegistry::BudgetChange wanted{.service = FakeServices::NameOf(index),
                                                       .budget = limits};
  const absl::StatusOr<services::ServiceInfo> info = server->registry().UpdateBudget(wanted, tell);
  if (!info.ok()) co_return CheckError(info.status(), "budget", wanted.service);
  const int64_t change = world_.services.OnBudgetChanged(index, info->budget);
  const Status status = co_await durable;
  if (server->cut()) co_return;
  if (!status.ok()) co_return CheckError(status, "budget", wanted.service);
  world_.services.OnBudgetDurable(index, change);
}

}  // namespace segue::simulation
