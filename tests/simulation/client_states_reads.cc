#include <algorithm>
#include <set>
#include <utility>

#include "server/engine/aws_text.h"
#include "server/scheduler/catalog/arn.h"
#include "tests/simulation/client_states.h"

// DescribeExecution, ListExecutions and GetExecutionHistory.

namespace segue::simulation {
namespace {

constexpr char kRunning[] = "RUNNING";
// Of a child of a Map Run: it has ended, and its run will start it again.
constexpr char kPendingRedrive[] = "PENDING_REDRIVE";

}  // namespace

const Json::Array& ItemsOf(const Json& page, std::string_view name) {
  static const Json::Array kNone;
  const Json* items = page.Find(name);
  return items != nullptr && items->is_array() ? items->array() : kNone;
}

async::Task<void> StatesClient::Describe(Server* server, Target target) {
  const Before before = BeforeOf(target.id);
  Json request = Json::Of({{"executionArn", target.arn}});
  const StatesAnswer answer = co_await Ask(server, "DescribeExecution", std::move(request));
  if (server->cut()) co_return;
  if (!answer.ok()) co_return CheckError(answer, "DescribeExecution", target.id);
  CheckDescribed(target, before, answer);
}

void StatesClient::CheckDescribed(const Target& target, const Before& before,
                                  const StatesAnswer& answer) {
  const std::string machine = answer.Text("stateMachineArn");
  if (answer.Text("executionArn") != target.arn || !machine.ends_with(":" + target.machine)) {
    return Broken(target.arn, " is described as ", answer.body.Dump());
  }
  const Ledger::Execution* durable = world_.ledger.Find(target.id);
  if (world_.ledger.WasRemoved(target.id)) return;
  if (durable == nullptr) return Broken(target.arn, " is described, and is not durable");
  const std::string status = answer.Text("status");
  const bool redrivable = answer.Text("redriveStatus") != "NOT_REDRIVABLE";
  if (redrivable && (status == kRunning || status == "SUCCEEDED")) {
    Broken(target.arn, " is ", status, " and ", answer.Text("redriveStatus"));
  }
  const auto redrives = static_cast<int64_t>(answer.Number("redriveCount").value_or(-1));
  if (redrives > durable->redrives) Broken(target.arn, " shows a redrive that is not durable");
  if (answer.Text("input") != durable->input ||
      answer.Number("startDate") != DateOf(durable->start_time)) {
    Broken(target.arn, " shows another start: ", answer.body.Dump());
  }
  if (status == kRunning && before && before->closed() && redrives <= before->redrives) {
    Broken(target.arn, " had ended, and is said to run");
  }
  if (status != kRunning && redrives == durable->redrives) CheckEnd(target, *durable, answer);
}

// It shows an end, after the last redrive.
void StatesClient::CheckEnd(const Target& target, const Ledger::Execution& durable,
                            const StatesAnswer& answer) {
  const std::string status = answer.Text("status");
  const bool waits = status == kPendingRedrive && !durable.map_run.empty();
  const bool same = (durable.closed() && waits) || status == AwsStatusName(durable.status);
  if (!same || !durable.end_time || answer.Number("stopDate") != DateOf(*durable.end_time)) {
    return Broken(target.arn, " shows an end that is not durable: ", answer.body.Dump());
  }
  if (answer.Text("output") != durable.output || answer.Text("error") != durable.error) {
    Broken(target.arn, " shows another outcome than ", durable.output, durable.error, ": ",
           answer.body.Dump());
  }
}

// Whether others follow.
bool StatesClient::CheckPage(const std::string& what, const Json& page, size_t items, size_t size) {
  const bool more = page.Find("nextToken") != nullptr;
  if (items > size || (more && items != size)) {
    Broken(what, " has a page of ", items, ", asked for ", size);
  }
  return more;
}

async::Task<void> StatesClient::List(Server* server, std::string machine) {
  const std::string arn = StateMachineArn(server->scheduler().arns(), machine);
  std::vector<std::string> expected;
  for (const StatesBook::Start& start : world_.known.states.starts) {
    if (start.machine == machine && start.start_date) expected.push_back(start.id);
  }
  const std::string filter = !all_is_well_ && Chance(0.3) ? kRunning : "";
  const bool must_exist = MustExist(machine);
  std::set<std::string> seen;
  std::string next;
  do {
    const int64_t size = 1 + static_cast<int64_t>(world_.random.Below(20));
    Json request = Json::Of({{"stateMachineArn", arn}, {"maxResults", size}});
    if (!filter.empty()) request = request.With("statusFilter", filter);
    if (!next.empty()) request = request.With("nextToken", next);
    const StatesAnswer answer = co_await Ask(server, "ListExecutions", std::move(request));
    if (server->cut()) co_return;
    const bool absent = answer.error == "StateMachineDoesNotExist" && !must_exist;
    const bool express = answer.error == "StateMachineTypeNotSupported" && IsExpress(machine);
    if (absent || express) co_return;
    if (!answer.ok()) co_return CheckError(answer, absl::StrCat("ListExecutions of ", arn));
    const Json::Array& items = ItemsOf(answer.body, "executions");
    for (const Json& item : items) CheckListed(arn, filter, item, seen);
    if (!CheckPage("list of " + arn, answer.body, items.size(), static_cast<size_t>(size))) break;
    next = answer.Text("nextToken");
  } while (world_.verdict.ok());
  if (!filter.empty()) co_return;
  for (const std::string& id : expected) {
    if (!seen.contains(id) && !world_.ledger.WasRemoved(id)) Broken(id, " is not listed for ", arn);
  }
}

void StatesClient::CheckListed(const std::string& machine_arn, const std::string& filter,
                               const Json& item, std::set<std::string>& seen) {
  const std::string arn = TextOf(item, "executionArn");
  if (TextOf(item, "stateMachineArn") != machine_arn) Broken(arn, " is in another's list");
  if (!filter.empty() && TextOf(item, "status") != filter) {
    Broken(arn, " is listed as ", filter, ": ", item.Dump());
  }
  // What was submitted past this API has its id as its name.
  const std::string name = TextOf(item, "name");
  const std::string machine = scheduler::ParseArn(machine_arn)->workflow;
  const std::string named = scheduler::IdOfNamed({machine, name}).value();
  const auto was_durable = [this](const std::string& id) {
    return world_.ledger.Find(id) != nullptr || world_.ledger.WasRemoved(id);
  };
  const std::string& id = was_durable(named) ? named : name;
  if (!was_durable(id)) Broken(arn, " is listed, and is not durable");
  if (!seen.insert(id).second) Broken(arn, " is listed twice");
}

async::Task<void> StatesClient::History(Server* server, Target target) {
  const Before before = BeforeOf(target.id);
  const bool reverse = Chance(0.5);
  std::vector<int64_t> ids;
  std::string next;
  do {
    const int64_t size = 1 + static_cast<int64_t>(world_.random.Below(40));
    Json request = Json::Of({{"executionArn", target.arn},
                             {"maxResults", size},
                             {"reverseOrder", Json::Bool(reverse)}});
    if (!next.empty()) request = request.With("nextToken", next);
    const StatesAnswer answer = co_await Ask(server, "GetExecutionHistory", std::move(request));
    if (server->cut()) co_return;
    if (!answer.ok()) co_return CheckError(answer, "GetExecutionHistory", target.id);
    const Json::Array& items = ItemsOf(answer.body, "events");
    for (const Json& item : items) {
      const Json* id = item.Find("id");
      ids.push_back(id == nullptr ? 0 : id->int_value());
    }
    if (!CheckPage("history of " + target.arn, answer.body, items.size(),
                   static_cast<size_t>(size))) {
      break;
    }
    next = answer.Text("nextToken");
  } while (world_.verdict.ok());
  if (reverse) std::ranges::reverse(ids);
  CheckHistory(target, before, ids);
}

// All pages together, from the first event on.
void StatesClient::CheckHistory(const Target& target, const Before& before,
                                const std::vector<int64_t>& ids) {
  if (world_.ledger.WasRemoved(target.id)) return;
  for (size_t i = 0; i < ids.size(); ++i) {
    const auto expected = static_cast<int64_t>(i) + 1;
    if (ids[i] != expected) return Broken(target.arn, " has event ", ids[i], " for ", expected);
  }
  const Ledger::Execution* durable = world_.ledger.Find(target.id);
  const auto count = std::ssize(ids);
  if (durable == nullptr || count > durable->last_event) {
    return Broken(target.arn, " shows event ", count, ", which is not durable");
  }
  const int64_t least = before ? before->last_event : 1;
  if (count < least) Broken(target.arn, " has ", count, " events of ", least);
}

}  // namespace segue::simulation
