#include "tests/simulation/client.h"

#include "absl/strings/str_cat.h"
#include "server/base/error.h"
#include "tests/simulation/client_states.h"
#include "tests/simulation/workflow_generator.h"

namespace segue::simulation {
namespace {

// Of a client's operations: those that go through the Step Functions API.
constexpr double kStatesShare = 0.3;

}  // namespace

// Runs on a loop of the server, which may crash meanwhile: then nothing of it counts.
async::Task<void> Client::Run(Server* server, async::Task<void> call) {
  const uint64_t mine = ++call_;
  co_await std::move(call);
  if (server->cut() || mine != call_) co_return;
  ++world_.known.answers;
  busy_ = false;
}

std::vector<std::string> Knowledge::StartableBy(WorkflowShape::Answers parent) const {
  std::vector<std::string> names;
  for (const Startable& workflow : startable) {
    const bool fits = workflow.predictable || parent == WorkflowShape::Answers::kAny;
    if (workflow.stored && fits) names.push_back(workflow.name);
  }
  return names;
}

template <typename Call>
void Client::Begin(Server& server, Call call) {
  busy_ = true;
  server.AnyLoop().Post([this, server = &server, call] {
    if (!server->cut()) server->Spawn(Run(server, call(server)));
  });
}

void Client::Act(Server& server) {
  Begin(server, [this](Server* at) { return Do(at); });
}

bool Client::ActQuietly(Server& server) {
  // Tasks first: while too many executions are open, no request is accepted.
  const size_t task = world_.known.tokens.FindOpen(0);
  if (task < world_.known.tokens.tasks().size()) {
    Begin(server, [this, task](Server* at) { return Complete(at, task); });
    return true;
  }
  for (const std::string& name : PulledNames()) {
    if (server.workers().Waiting(QueueOf(name)) == 0) continue;
    Begin(server, [this, name](Server* at) { return PullTask(at, name, absl::Seconds(1)); });
    return true;
  }
  for (size_t i = 0; i < world_.known.requests.size(); ++i) {
    const Knowledge::Request& request = world_.known.requests[i];
    if (request.id || !request.named() || request.express()) continue;
    Begin(server, [this, i](Server* at) { return Submit(at, i); });
    return true;
  }
  return false;
}

async::Task<void> Client::Do(Server* server) {
  for (size_t i = 0; i < world_.known.startable.size(); ++i) {
    if (!world_.known.startable[i].stored) co_return co_await PutStartable(server, i);
  }
  for (int i = 0; i < kActivities; ++i) {
    const std::string name = ActivityName(i);
    if (!world_.known.activities.contains(name)) co_return co_await MakeActivity(server, name);
  }
  if (Chance(kStatesShare)) {
    StatesClient states(world_, number_);
    co_return co_await states.Act(server);
  }
  const uint64_t drawn = world_.random.Below(100);
  const std::vector<std::string>& known = world_.known.acknowledged;
  if (drawn < 4) co_return co_await PutWorkflow(server, AnyWorkflow());
  if (drawn < 5) co_return co_await DeleteWorkflow(server, AnyWorkflow());
  if (drawn < 7) co_return co_await ChangeBudget(server);
  if (drawn < 8) co_return co_await ChangeObjects();
  if (drawn < 9) co_return co_await ChangeActivity(server);
  if (drawn < 11) co_return co_await List(server);
  if (drawn < 17) {
    const std::string& name = PulledNames()[world_.random.Below(PulledNames().size())];
    co_return co_await PullTask(server, name, absl::Seconds(1 + world_.random.Below(20)));
  }
  if (drawn < 26) co_return co_await CompleteAny(server);
  if (drawn < 28) co_return co_await Heartbeat(server);
  if (drawn < 33) co_return co_await Redrive(server);
  if (drawn < 35) co_return co_await UpdateMapRun(server);
  if (drawn < 37) co_return co_await CancelChild(server);
  if (drawn < 66 || known.empty()) {
    if (world_.known.requests.empty() || Chance(0.7)) co_return co_await SubmitNew(server);
    const size_t request = world_.random.Below(world_.known.requests.size());
    if (!world_.known.requests[request].named()) co_return co_await SubmitNew(server);
    if (Chance(0.2)) co_return co_await SubmitConflicting(server, request);
    co_return co_await Submit(server, request);
  }
  // Rather the newest: most of the old ones have ended.
  const size_t back =
      world_.random.Below(Chance(0.7) ? std::min<size_t>(known.size(), 8) : known.size());
  co_await Observe(server, known[known.size() - 1 - back]);
}

async::Task<void> Client::LookAtAll(Server* server) {
  StatesClient states(world_, number_);
  co_await states.LookAtAll(server);
}

// Or ends it.
async::Task<void> Client::Observe(Server* server, std::string id) {
  const uint64_t drawn = world_.random.Below(45);
  if (drawn < 10) co_return co_await Get(server, std::move(id));
  if (drawn < 20) co_return co_await Wait(server, std::move(id));
  if (drawn < 33) co_return co_await Watch(server, std::move(id));
  if (drawn < 38) co_return co_await History(server, std::move(id));
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
  // Who has been redriven since may stand elsewhere.
  const bool is_newest = view.execution.redrive_count == now->redrives;
  if (IsClosed(view.execution.status) && is_newest && view.execution.status != now->status) {
    world_.verdict.Broken("rule 1", where, " shows an end that is not durable");
  }
  if (!before) return;
  const bool goes_on = view.execution.redrive_count > before->redrives;
  if (before->closed() && !IsClosed(view.execution.status) && !goes_on) {
    world_.verdict.Broken("answer", where, " shows an open execution that had closed");
  }
}

scheduler::SubmitRequest Client::DrawSubmit() {
  using Answers = WorkflowShape::Answers;
  scheduler::SubmitRequest request;
  WorkflowShape shape{.services = static_cast<int>(world_.services.size()),
                      .depth_max = 2,
                      .workflows = world_.known.StartableBy(Answers::kAny)};
  request.input = Json::Parse(RandomInput(world_.random))->With("token", AnyToken()).Dump();
  const std::string name = absl::StrCat("c", number_, "-", names_made_++);
  if (Chance(0.3)) {
    shape.answers = Answers::kPredictable;
    shape.deadline = WorkflowShape::Deadline::kNone;
    shape.workflows = world_.known.StartableBy(Answers::kPredictable);
    request.inline_definition = RandomWorkflow(shape, world_.random);
    request.execution_id = absl::StrCat(Ledger::kModelPrefix, name);
    return request;
  }
  if (Chance(0.12)) {
    shape.type = WorkflowShape::Type::kExpress;
    request.inline_definition = RandomWorkflow(shape, world_.random);
    request.type = engine::ExecutionType::kExpress;
    request.execution_id = absl::StrCat(Ledger::kExpressPrefix, name);
    return request;
  }
  if (Chance(0.25) || world_.known.workflows.empty()) {
    request.inline_definition = RandomWorkflow(shape, world_.random);
  } else {
    request.workflow = AnyWorkflow();
  }
  if (Chance(0.6)) {
    request.request_id = name;
  } else if (Chance(0.5)) {
    request.execution_id = name;
  }
  if (Chance(0.2)) request.priority = static_cast<int>(world_.random.Below(10));
  if (Chance(0.2)) request.labels = {{"client", absl::StrCat(number_)}};
  return request;
}

async::Task<void> Client::SubmitNew(Server* server) {
  if (std::ssize(world_.known.requests) >= world_.knobs.submits) co_return;
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
  const bool repeats = ++world_.known.requests[request].sent > 1;
  if (repeats && world_.knobs.plant == Plant::kRepeatRenamed) {
    (submit.request_id.empty() ? submit.execution_id : submit.request_id) += "-again";
  }
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

}  // namespace segue::simulation
