#include "tests/simulation/families.h"

#include <algorithm>
#include <utility>

namespace segue::simulation {
namespace {

using scheduler::MapRun;
using scheduler::MapRunCounts;
using scheduler::MapRunStatus;

MapRunCounts CountsOf(const Ledger& ledger, const std::string& run) {
  MapRunCounts counts;
  for (const auto& [id, execution] : ledger.executions()) {
    if (execution.map_run != run) continue;
    switch (execution.status) {
      case engine::ExecutionStatus::kRunning:
        ++counts.running;
        break;
      case engine::ExecutionStatus::kSucceeded:
        ++counts.succeeded;
        break;
      case engine::ExecutionStatus::kFailed:
        ++counts.failed;
        break;
      case engine::ExecutionStatus::kTimedOut:
        ++counts.timed_out;
        break;
      case engine::ExecutionStatus::kCancelled:
        ++counts.aborted;
        break;
    }
  }
  return counts;
}

std::string Text(const MapRunCounts& counts) {
  return absl::StrCat(counts.pending, " pending ", counts.running, " running ", counts.succeeded,
                      " succeeded ", counts.failed, " failed ", counts.timed_out, " timed out ",
                      counts.aborted, " aborted");
}

}  // namespace

bool Families::IsWaitedFor(const Ledger::Execution& child) const {
  if (!child.map_run.empty()) {
    const auto run = ledger_.map_runs().find(scheduler::UuidOfRun(child.map_run));
    return run == ledger_.map_runs().end() || run->second.status == MapRunStatus::kRunning;
  }
  if (child.awaited_in.empty()) return true;  // nobody is to
  const Ledger::Execution* parent = ledger_.Find(child.parent);
  if (parent == nullptr) return true;  // EXPRESS, or removed
  return std::ranges::any_of(parent->branches, [&child](const auto& entry) {
    return entry.second.state == child.awaited_in &&
           entry.second.phase == engine::BranchPhase::kCalling;
  });
}

void Families::Note(const std::string& who, absl::Time now,
                    std::map<std::string, absl::Time>& alone) {
  const auto before = alone_since_.find(who);
  const absl::Time since = before == alone_since_.end() ? now : before->second;
  alone.emplace(who, since);
  if (now - since > kPatience) verdict_.Broken("family", who, ", and nobody waits for it");
}

void Families::Look(absl::Time now) {
  std::map<std::string, absl::Time> alone;
  for (const auto& [id, execution] : ledger_.executions()) {
    if (execution.closed() || IsWaitedFor(execution)) continue;
    Note(absl::StrCat(id, " runs on"), now, alone);
  }
  for (const auto& [uuid, run] : ledger_.map_runs()) {
    const Ledger::Execution* owner = ledger_.Find(run.execution.value());
    const bool open = run.status == MapRunStatus::kRunning;
    if (!open || owner == nullptr || !owner->closed()) continue;
    Note(absl::StrCat("Map Run ", uuid, " of ", run.execution.value(), " is open"), now, alone);
  }
  alone_since_ = std::move(alone);
}

bool Families::AreOver() const {
  return std::ranges::none_of(ledger_.map_runs(), [this](const auto& entry) {
    const MapRun& run = entry.second;
    return run.status == MapRunStatus::kRunning && ledger_.Find(run.execution.value()) != nullptr;
  });
}

void Families::CheckCancelled() const {
  for (const auto& [id, execution] : ledger_.executions()) {
    const bool alone = execution.map_run.empty() && execution.awaited_in.empty();
    const bool cancelled = execution.status == engine::ExecutionStatus::kCancelled;
    if (!alone || !cancelled || ledger_.WasCancelAsked(id)) continue;
    verdict_.Broken("family", id, " was cancelled, and nobody has asked for that");
  }
}

void Families::CheckCounts() const {
  for (const auto& [uuid, run] : ledger_.map_runs()) {
    const Ledger::Execution* owner = ledger_.Find(run.execution.value());
    if (owner == nullptr || ledger_.HasLostChildren(run.id())) continue;
    if (run.status == MapRunStatus::kRunning) {
      verdict_.Broken("map run", uuid, " of ", run.execution.value(), " is open at the end");
    }
    const MapRunCounts children = CountsOf(ledger_, run.id());
    if (children.total() == 0) continue;  // of EXPRESS ones nothing is kept
    const MapRunCounts& told = run.executions;
    const bool agree = told.succeeded == children.succeeded && told.failed == children.failed &&
                       told.timed_out == children.timed_out && told.aborted == children.aborted &&
                       told.running == 0 && told.pending_redrive == 0;
    if (agree) continue;
    verdict_.Broken("map run", uuid, " of ", run.execution.value(), " with status ",
                    static_cast<int>(run.status), " counts ", Text(told), "; its children are ",
                    Text(children));
  }
}

}  // namespace segue::simulation
