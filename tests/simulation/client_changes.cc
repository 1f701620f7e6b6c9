#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/async/one_shot.h"
#include "tests/simulation/client.h"
#include "tests/simulation/items.h"

// What a client changes: executions, Map Runs, workflows, activities, budgets, objects.

namespace segue::simulation {
namespace {

// How long asking again under one token is no new redrive: AWS's 15 minutes, less what a call may
// take.
constexpr absl::Duration kTokenValid = absl::Minutes(13);

template <typename T>
const T* AnyOf(const std::vector<T>& all, Random& random) {
  return all.empty() ? nullptr : &all[random.Below(all.size())];
}

}  // namespace

bool IsOfModel(const Ledger& ledger, const std::string& id) {
  const std::string root = ledger.RootOf(id);
  return root.empty() || root.starts_with(Ledger::kModelPrefix);
}

async::Task<void> Client::Cancel(Server* server, std::string id) {
  if (IsOfModel(world_.ledger, id)) co_return;  // the model knows no cancels
  const std::optional<Ledger::Execution> before = Before(id);
  world_.ledger.OnCancelAsked(id);
  engine::Cancelled reason{.cause = "a client wishes it"};
  absl::StatusOr<scheduler::ExecutionView> view =
      co_await server->scheduler().Cancel(ExecutionId(id), std::move(reason));
  if (server->cut()) co_return;
  world_.trace.Say(server->Now(), "cancelled ", id, ": ", view.status().ToString());
  const Ledger::Execution* durable = world_.ledger.Find(id);
  if (absl::IsFailedPrecondition(view.status())) {
    const bool closed =
        durable == nullptr || durable->closed() || (before && durable->redrives > before->redrives);
    if (!closed) world_.verdict.Broken("cancel", id, " is open, and is said to have ended");
    co_return;
  }
  if (!view.ok()) co_return CheckError(view.status(), "cancel", id);
  CheckView(id, *view, before, "cancel");
  if (view->execution.status != engine::ExecutionStatus::kCancelled) {
    world_.verdict.Broken("cancel", id, " goes on");
  }
}

// One that no client started.
async::Task<void> Client::CancelChild(Server* server) {
  std::vector<std::string> children;
  for (const auto& [id, execution] : world_.ledger.executions()) {
    const bool child = !execution.map_run.empty() || !execution.parent.empty();
    if (child && !execution.closed()) children.push_back(id);
  }
  const std::string* id = AnyOf(children, world_.random);
  if (id != nullptr) co_await Cancel(server, *id);
}

async::Task<void> Client::Redrive(Server* server) {
  std::vector<std::string> ended;
  for (const std::string& id : world_.known.acknowledged) {
    const Ledger::Execution* execution = world_.ledger.Find(id);
    const bool failed = execution != nullptr && execution->closed() &&
                        execution->status != engine::ExecutionStatus::kSucceeded;
    // Now and then one that cannot be redriven.
    if (failed || Chance(0.02)) ended.push_back(id);
  }
  const std::string* any = AnyOf(ended, world_.random);
  if (any == nullptr) co_return;
  const std::string id = *any;
  const std::optional<Ledger::Execution> before = Before(id);
  // A few tokens for all clients: repeats, and races.
  const std::string token = absl::StrCat("token-", world_.random.Below(4));
  const bool renamed = world_.knobs.plant == Plant::kRedriveTwice;
  std::string sent = renamed ? absl::StrCat(token, "-", world_.random.Below(100)) : token;
  absl::StatusOr<scheduler::RedriveResult> result =
      co_await server->scheduler().Redrive(ExecutionId(id), std::move(sent));
  if (server->cut()) co_return;
  world_.trace.Say(server->Now(), "redrive of ", id, " by ", token, ": ",
                   result.status().ToString());
  if (result.ok()) co_return CheckRedrive(id, token, *result);
  const Ledger::Execution* now = world_.ledger.Find(id);
  if (!absl::IsFailedPrecondition(result.status())) {
    co_return CheckError(result.status(), "redrive", id);
  }
  const scheduler::Options& options = world_.knobs.scheduler;
  const absl::Duration kept = std::min(options.retention, options.redrivable_period);
  // ExecutionRedriven, and one more.
  const int64_t events_max = options.limits.history_events_max;
  const bool full = events_max > 0 && before && before->last_event >= events_max - 1;
  const bool could = !full && before && before->closed() && now != nullptr && now->closed() &&
                     before->redrives == now->redrives &&
                     now->status != engine::ExecutionStatus::kSucceeded &&
                     before->closed_time > server->Now() - kept;
  if (could) world_.verdict.Broken("redrive", id, " is refused: ", result.status().ToString());
}

void Client::CheckRedrive(const std::string& id, const std::string& token,
                          const scheduler::RedriveResult& result) {
  const Ledger::Execution* durable = world_.ledger.Find(id);
  if (durable == nullptr) return;  // it ended again, and retention took it
  if (durable->redrives < result.view.execution.redrive_count) {
    world_.verdict.Broken("redrive", id, " was acknowledged, and is not durable");
  }
  // Not of one that had its id before.
  const std::string one =
      absl::StrCat(id, " of ", absl::FormatTime(result.view.execution.start_time));
  absl::Time& known = world_.known.redrives[{one, token}];
  // Of two at once, the one that only repeats may be answered first.
  const bool another = result.time != known && known + kTokenValid > result.time;
  if (another) {
    world_.verdict.Broken("redrive", id, " was redriven again by ", token);
  }
  known = result.time;
}

async::Task<void> Client::UpdateMapRun(Server* server) {
  std::vector<std::string> runs;
  for (const auto& [uuid, run] : world_.ledger.map_runs()) {
    const bool open = run.status == scheduler::MapRunStatus::kRunning || Chance(0.1);
    if (open && !IsOfModel(world_.ledger, run.execution.value())) runs.push_back(uuid);
  }
  const std::string* any = AnyOf(runs, world_.random);
  if (any == nullptr) co_return;
  const std::string uuid = *any;
  scheduler::MapRunUpdate update{.max_concurrency = world_.random.Below(4)};
  if (Chance(0.5)) update.tolerated_failure_count = world_.random.Below(3);
  if (Chance(0.3)) {
    update.tolerated_failure_percentage = 10 * static_cast<double>(world_.random.Below(11));
  }
  Knowledge::RunUpdates& updates = world_.known.run_updates[uuid];
  const int mine = ++updates.sent;
  const bool first = updates.under_way++ == 0;
  const scheduler::MapRunUpdate wanted = update;
  absl::StatusOr<scheduler::MapRun> run =
      co_await server->scheduler().UpdateMapRun(uuid, std::move(update));
  --updates.under_way;
  if (server->cut()) co_return;
  world_.trace.Say(server->Now(), "update of Map Run ", uuid, ": ", run.status().ToString());
  const auto stored = world_.ledger.map_runs().find(uuid);
  const bool gone = absl::IsNotFound(run.status()) || absl::IsFailedPrecondition(run.status());
  if (gone || stored == world_.ledger.map_runs().end()) co_return;
  if (!run.ok()) co_return CheckError(run.status(), "update of Map Run", uuid);
  // Of several at a time, any may be the last.
  const bool alone = first && updates.sent == mine;
  if (alone && stored->second.max_concurrency != *wanted.max_concurrency) {
    world_.verdict.Broken("map run", uuid, ": an update was acknowledged, and is not durable");
  }
}

async::Task<void> Client::PutWorkflow(Server* server, std::string name) {
  const WorkflowShape shape{.services = static_cast<int>(world_.services.size()),
                            .workflows = world_.known.StartableBy(WorkflowShape::Answers::kAny)};
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

async::Task<void> Client::PutStartable(Server* server, size_t startable) {
  const Knowledge::Startable& wanted = world_.known.startable[startable];
  scheduler::PutWorkflow put{.name = wanted.name,
                             .definition = wanted.definition,
                             .mode = scheduler::PutWorkflow::Mode::kCreateOrUpdate};
  if (wanted.express) put.settings = {.type = language::WorkflowType::kExpress};
  absl::StatusOr<scheduler::PutWorkflowResult> result =
      co_await server->scheduler().catalog().Put(std::move(put));
  if (server->cut()) co_return;
  Knowledge::Startable& put_now = world_.known.startable[startable];
  if (!result.ok()) {
    world_.trace.Say(server->Now(), put_now.definition);
    co_return CheckError(result.status(), "put workflow", put_now.name);
  }
  put_now.stored = true;
}

async::Task<void> Client::DeleteWorkflow(Server* server, std::string name) {
  const Status status = co_await server->scheduler().catalog().Delete(name, "");
  if (server->cut() || status.ok() || absl::IsNotFound(status)) co_return;
  CheckError(status, "delete workflow", name);
}

// Whoever reads them again finds other items.
async::Task<void> Client::ChangeObjects() {
  for (auto& [key, body] : DrawItemObjects(kShakyBucket, world_.random).bodies) {
    world_.buckets.Write({.bucket = kShakyBucket, .key = key}, std::move(body));
  }
  co_return;
}

async::Task<void> Client::MakeActivity(Server* server, std::string name) {
  const int mine = ++world_.known.activity_changes;
  auto edit = [server](const scheduler::Activity* before) {
    const scheduler::Activity made{.create_time = server->Now(), .encryption = {}};
    return absl::StatusOr<std::optional<scheduler::Activity>>(before == nullptr ? made : *before);
  };
  const Status status = co_await server->scheduler().activities().Change(name, std::move(edit));
  if (server->cut()) co_return;
  if (!status.ok()) co_return CheckError(status, "make activity", name);
  world_.known.activities.insert(name);
  const bool newest = world_.known.activity_changes == mine;
  if (newest && !world_.ledger.HasDocument("activity", name)) {
    world_.verdict.Broken("rule 1", "activity ", name, " was acknowledged, and is not durable");
  }
}

// Deletes one that no predictable definition uses, or makes it again.
async::Task<void> Client::ChangeActivity(Server* server) {
  std::string name = ActivityName(kActivities - 1);
  if (server->scheduler().activities().Find(name) == nullptr) {
    co_return co_await MakeActivity(server, std::move(name));
  }
  ++world_.known.activity_changes;
  auto edit = [](const scheduler::Activity*) {
    return absl::StatusOr<std::optional<scheduler::Activity>>(std::nullopt);
  };
  const Status status = co_await server->scheduler().activities().Change(name, std::move(edit));
  if (!server->cut() && !status.ok()) CheckError(status, "delete activity", name);
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
