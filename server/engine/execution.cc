#include "server/engine/execution.h"

#include <limits>
#include <utility>

#include "server/base/check.h"
#include "server/base/json_size.h"

namespace segue::engine {

namespace {

int64_t SizeOf(const std::string& name, const Json& value) {
  return static_cast<int64_t>(name.size()) + SizeUpTo(value, std::numeric_limits<int64_t>::max());
}

int64_t SizeOf(const language::Variables& variables) {
  int64_t bytes = 0;
  for (const auto& [name, value] : variables) bytes += SizeOf(name, value);
  return bytes;
}

// Stored times have microseconds, and what is due must be the same before and after it was stored.
absl::Time CeilMicros(absl::Time time) {
  if (time == absl::InfiniteFuture() || time == absl::InfinitePast()) return time;
  const absl::Time floor = absl::FromUnixMicros(absl::ToUnixMicros(time));
  return floor < time ? floor + absl::Microseconds(1) : time;
}

}  // namespace

Branch* Execution::Find(BranchId branch) {
  const auto it = branches.find(branch);
  return it == branches.end() ? nullptr : &it->second;
}

const Branch* Execution::Find(BranchId branch) const {
  const auto it = branches.find(branch);
  return it == branches.end() ? nullptr : &it->second;
}

Branch& Execution::Add(Branch branch) {
  const auto [it, added] = branches.emplace(branch.id, std::move(branch));
  SEGUE_CHECK(added);
  Branch& place = it->second;
  variable_bytes += SizeOf(place.variables);
  SetPhase(place, place.phase);
  SetDue(place, place.due);
  return place;
}

void Execution::Remove(BranchId branch) {
  Branch* place = Find(branch);
  SEGUE_CHECK(place != nullptr);
  SetDue(*place, std::nullopt);
  variable_bytes -= SizeOf(place->variables);
  ready.erase(branch);
  calling.erase(branch);
  branches.erase(branch);
}

void Execution::SetPhase(Branch& branch, BranchPhase phase) {
  if (branch.phase != phase) {
    ready.erase(branch.id);
    calling.erase(branch.id);
  }
  branch.phase = phase;
  if (phase == BranchPhase::kReady) ready.insert(branch.id);
  if (phase == BranchPhase::kCalling) calling.insert(branch.id);
}

void Execution::SetDue(Branch& branch, std::optional<absl::Time> due) {
  if (branch.due) timers.erase({*branch.due, branch.id});
  branch.due = due ? std::optional(CeilMicros(*due)) : std::nullopt;
  if (branch.due) timers.insert({*branch.due, branch.id});
}

void Execution::SetVariable(Branch& branch, const std::string& name, Json value) {
  if (const Json* old = branch.variables.Find(name)) variable_bytes -= SizeOf(name, *old);
  variable_bytes += SizeOf(name, value);
  branch.variables.Set(name, std::move(value));
}

void Execution::ForgetVariables(Branch& branch) {
  variable_bytes -= SizeOf(branch.variables);
  branch.variables = {};
}

std::optional<absl::Time> Execution::NextDue() const {
  if (IsClosed(status)) return std::nullopt;
  if (timers.empty()) return deadline;
  const absl::Time timer = timers.begin()->first;
  return deadline && *deadline < timer ? deadline : timer;
}

bool Execution::IsActive() const { return !ready.empty() || !calling.empty(); }

void Execution::Restore() {
  timers.clear();
  ready.clear();
  calling.clear();
  served_last = BranchId();
  variable_bytes = 0;
  for (auto& [key, branch] : branches) {
    SetPhase(branch, branch.phase);
    SetDue(branch, branch.due);
    variable_bytes += SizeOf(branch.variables);
    branch.children_started = branch.children_finished = 0;
    branch.children_failed = branch.children_stopped = branch.stopped_from = 0;
  }
  for (const auto& [key, branch] : branches) {
    if (!branch.parent) continue;
    Branch* parent = Find(*branch.parent);
    SEGUE_CHECK(parent != nullptr);
    parent->first_child = key.value() - static_cast<uint64_t>(branch.index);
    ++parent->children_started;
    if (branch.phase == BranchPhase::kStopped) ++parent->children_stopped;
    if (branch.phase != BranchPhase::kFinished) continue;
    ++parent->children_finished;
    if (branch.error) ++parent->children_failed;
  }
}

}  // namespace segue::engine
