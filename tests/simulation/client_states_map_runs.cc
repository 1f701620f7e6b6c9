#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/scheduler/catalog/arn.h"
#include "tests/simulation/client_states.h"

// Map Runs by their ARNs.

namespace segue::simulation {
namespace {

using scheduler::MapRun;
using scheduler::MapRunStatus;

std::string_view NameOf(MapRunStatus status) {
  switch (status) {
    case MapRunStatus::kRunning:
      return "RUNNING";
    case MapRunStatus::kSucceeded:
      return "SUCCEEDED";
    case MapRunStatus::kFailed:
      return "FAILED";
    case MapRunStatus::kAborted:
      return "ABORTED";
  }
}

// Each item, or child, counts once.
bool AddsUp(const Json* counts) {
  if (counts == nullptr) return false;
  int64_t sum = 0;
  for (const char* part :
       {"pending", "running", "succeeded", "failed", "timedOut", "aborted", "pendingRedrive"}) {
    const Json* count = counts->Find(part);
    if (count == nullptr || count->int_value() < 0) return false;
    sum += count->int_value();
  }
  return counts->Find("total")->int_value() == sum;
}

std::string ArnOf(const scheduler::ArnScope& scope, const MapRun& run) {
  return MapRunArn(scope, {run.workflow, run.id()});
}

// Of the execution whose Map it is: one that was submitted past this API has its id as its name.
std::string ArnOfExecution(const scheduler::ArnScope& scope, const MapRun& run) {
  if (!run.execution_arn.empty()) return run.execution_arn;
  return ExecutionArn(scope, {run.workflow, run.execution.value()});
}

}  // namespace

async::Task<void> StatesClient::AskMapRun(Server* server) {
  std::vector<MapRun> runs;
  for (const auto& [uuid, run] : world_.ledger.map_runs()) {
    // An ARN needs the workflow's name.
    if (!run.workflow.empty()) runs.push_back(run);
  }
  if (runs.empty()) co_return;
  MapRun run = runs[world_.random.Below(runs.size())];
  if (Chance(0.4)) co_return co_await DescribeMapRun(server, std::move(run));
  if (Chance(0.5)) co_return co_await ListMapRuns(server, std::move(run));
  co_await UpdateMapRun(server, std::move(run));
}

const MapRun* StatesClient::DurableRun(const std::string& uuid) const {
  const auto found = world_.ledger.map_runs().find(uuid);
  return found == world_.ledger.map_runs().end() ? nullptr : &found->second;
}

async::Task<void> StatesClient::DescribeMapRun(Server* server, MapRun before) {
  const scheduler::ArnScope& scope = server->scheduler().arns();
  const std::string arn = ArnOf(scope, before);
  Json request = Json::Of({{"mapRunArn", arn}});
  const StatesAnswer answer = co_await Ask(server, "DescribeMapRun", std::move(request));
  const MapRun* durable = DurableRun(before.uuid);
  if (server->cut() || durable == nullptr) co_return;
  if (!answer.ok()) co_return CheckError(answer, absl::StrCat("DescribeMapRun of ", arn));
  const std::string execution = ArnOfExecution(scope, before);
  if (answer.Text("mapRunArn") != arn || answer.Text("executionArn") != execution) {
    co_return Broken(arn, " is described as ", answer.body.Dump());
  }
  const Json& body = answer.body;
  if (!AddsUp(body.Find("itemCounts")) || !AddsUp(body.Find("executionCounts"))) {
    Broken(arn, " has counts that do not add up: ", body.Dump());
  }
  const auto redrives = static_cast<int64_t>(answer.Number("redriveCount").value_or(-1));
  const bool runs = answer.Text("status") == NameOf(MapRunStatus::kRunning);
  if (runs && before.status != MapRunStatus::kRunning && redrives <= before.redrive_count) {
    Broken(arn, " had stopped, and is said to run");
  }
  const bool is_newest = redrives == durable->redrive_count;
  if (!runs && is_newest && answer.Text("status") != NameOf(durable->status)) {
    Broken(arn, " shows an end that is not durable: ", body.Dump());
  }
}

async::Task<void> StatesClient::ListMapRuns(Server* server, MapRun of) {
  const scheduler::ArnScope& scope = server->scheduler().arns();
  const std::string execution = of.execution.value();
  std::vector<MapRun> before;
  for (const auto& [uuid, run] : world_.ledger.map_runs()) {
    if (run.execution == of.execution) before.push_back(run);
  }
  std::set<std::string> seen;
  std::string next;
  do {
    const int64_t size = 1 + static_cast<int64_t>(world_.random.Below(5));
    Json request = Json::Of({{"executionArn", ArnOfExecution(scope, of)}, {"maxResults", size}});
    if (!next.empty()) request = request.With("nextToken", next);
    const StatesAnswer answer = co_await Ask(server, "ListMapRuns", std::move(request));
    if (server->cut()) co_return;
    if (!answer.ok()) co_return CheckError(answer, "ListMapRuns", execution);
    const Json::Array& items = ItemsOf(answer.body, "mapRuns");
    for (const Json& item : items) {
      if (seen.insert(TextOf(item, "mapRunArn")).second) continue;
      co_return Broken("the Map Runs of ", execution, " have twice ", item.Dump());
    }
    const std::string what = absl::StrCat("list of the Map Runs of ", execution);
    if (!CheckPage(what, answer.body, items.size(), static_cast<size_t>(size))) break;
    next = answer.Text("nextToken");
  } while (world_.verdict.ok());
  for (const MapRun& run : before) {
    const bool removed = DurableRun(run.uuid) == nullptr;
    if (!removed && !seen.contains(ArnOf(scope, run))) {
      Broken(ArnOf(scope, run), " is not among the Map Runs of ", execution);
    }
  }
}

async::Task<void> StatesClient::UpdateMapRun(Server* server, MapRun before) {
  if (IsOfModel(world_.ledger, before.execution.value())) co_return;
  const std::string arn = ArnOf(server->scheduler().arns(), before);
  const auto concurrency = static_cast<int64_t>(world_.random.Below(4));
  Knowledge::RunUpdates& updates = world_.known.run_updates[before.uuid];
  const int mine = ++updates.sent;
  const bool first = updates.under_way++ == 0;
  Json request = Json::Of({{"mapRunArn", arn}, {"maxConcurrency", concurrency}});
  const StatesAnswer answer = co_await Ask(server, "UpdateMapRun", std::move(request));
  --updates.under_way;
  const MapRun* durable = DurableRun(before.uuid);
  if (server->cut() || durable == nullptr) co_return;
  // It has stopped, or is about to.
  if (answer.error == "ValidationException") co_return;
  if (!answer.ok()) co_return CheckError(answer, absl::StrCat("UpdateMapRun of ", arn));
  // Of several at a time, any may be the last.
  const bool alone = first && updates.sent == mine;
  if (alone && durable->max_concurrency != concurrency) {
    Broken(arn, " was updated, and that is not durable");
  }
}

}  // namespace segue::simulation
