#include "server/engine/execution.h"

#include <utility>

#include "server/base/check.h"

namespace segue::engine {

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
  SetPhase(place, place.phase);
  SetDue(place, place.due);
  return place;
}

void Execution::Remove(BranchId branch) {
  Branch* place = Find(branch);
  SEGUE_CHECK(place != nullptr);
  SetDue(*place, std::nullopt);
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

namespace {

// Stored times have microseconds, and what is due must be the same before and after it was stored.
absl::Time CeilMicros(absl::Time time) {
  if (time == absl::InfiniteFuture() || time == absl::InfinitePast()) return time;
  const absl::Time floor = absl::FromUnixMicros(absl::ToUnixMicros(time));
  return floor < time ? floor + absl::Microseconds(1) : time;
}

}  // namespace

void Execution::SetDue(Branch& branch, std::optional<absl::Time> due) {
  if (branch.due) timers.erase({*branch.due, branch.id});
  branch.due = due ? std::optional(CeilMicros(*due)) : std::nullopt;
  if (branch.due) timers.insert({*branch.due, branch.id});
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
  for (auto& [key, branch] : branches) {
    SetPhase(branch, branch.phase);
    SetDue(branch, branch.due);
    branch.children_started = branch.children_finished = branch.children_failed = 0;
  }
  for (const auto& [key, branch] : branches) {
    if (!branch.parent) continue;
    Branch* parent = Find(*branch.parent);
    SEGUE_CHECK(parent != nullptr);
    parent->first_child = key.value() - static_cast<uint64_t>(branch.index);
    ++parent->children_started;
    if (branch.phase != BranchPhase::kFinished) continue;
    ++parent->children_finished;
    if (branch.error) ++parent->children_failed;
  }
}

}  // namespace segue::engine
