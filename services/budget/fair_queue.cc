#include "services/budget/fair_queue.h"

#include <algorithm>
#include <utility>

#include "server/base/check.h"

namespace segue::services {
namespace {

// How many slots may be gone before a line is worth rewriting.
constexpr int64_t kGoneMax = 16;

}  // namespace

FairQueue::FairQueue() = default;
FairQueue::~FairQueue() = default;

void FairQueue::Push(const Waiting& waiting) {
  const int priority = std::clamp(waiting.priority, 0, kPriorityMax);
  Flow& flow = FlowOf(waiting.workflow);
  const auto [position, is_new] = flow.lines.try_emplace(priority);
  Line& line = position->second;
  line.slots.push_back({.id = waiting.id, .cost = waiting.cost, .since = waiting.since});
  ++line.live;
  if (is_new) {
    // A workflow that comes back goes behind the others: leaving must not win it turns.
    line.flow = &flow;
    line.priority = priority;
    line.turn = ++turns_;
    Link(line);
  }
  ++levels_[priority].size;
  const uint64_t number = line.first_number + line.slots.size() - 1;
  SEGUE_CHECK(items_.try_emplace(waiting.id, Item{.line = &line, .number = number}).second);
}

std::optional<FairQueue::Head> FairQueue::Next(Scarce scarce) const {
  for (int priority = kPriorityMax; priority >= 0; --priority) {
    const Level& level = levels_[priority];
    if (level.size == 0) continue;
    const Line* line = scarce == Scarce::kSlots ? *level.by_load.begin() : *level.by_turn.begin();
    const Slot& slot = line->slots.front();
    return Head{.id = slot.id, .workflow = line->flow->workflow, .cost = slot.cost};
  }
  return std::nullopt;
}

bool FairQueue::Pop(LeaseId id) {
  const auto found = items_.find(id);
  if (found == items_.end()) return false;
  Line& line = *found->second.line;
  Unlink(line);
  line.turn = ++turns_;
  Link(line);
  return Remove(id);
}

bool FairQueue::Remove(LeaseId id) {
  const auto found = items_.find(id);
  if (found == items_.end()) return false;
  const Item item = found->second;
  items_.erase(found);
  TakeOut(item);
  return true;
}

std::vector<LeaseId> FairQueue::TakeAll() {
  std::vector<std::pair<absl::Time, LeaseId>> all;
  all.reserve(items_.size());
  for (const auto& [id, item] : items_) {
    all.emplace_back(item.line->slots[item.number - item.line->first_number].since, id);
  }
  std::sort(all.begin(), all.end());
  std::vector<LeaseId> ids;
  ids.reserve(all.size());
  for (const auto& [since, id] : all) {
    ids.push_back(id);
    Remove(id);
  }
  return ids;
}

void FairQueue::Started(std::string_view workflow) { ChangeInFlight(FlowOf(workflow), 1); }

void FairQueue::Ended(std::string_view workflow) {
  const auto found = flows_.find(workflow);
  SEGUE_CHECK(found != flows_.end());
  SEGUE_CHECK(found->second->in_flight > 0);
  ChangeInFlight(*found->second, -1);
  DropIfIdle(*found->second);
}

std::optional<FairQueue::Place> FairQueue::Find(LeaseId id) const {
  const auto found = items_.find(id);
  if (found == items_.end()) return std::nullopt;
  const Line& own = *found->second.line;
  const auto index = static_cast<int64_t>(found->second.number - own.first_number);
  int64_t before = index;
  if (own.live != static_cast<int64_t>(own.slots.size())) {
    before = std::count_if(own.slots.begin(), own.slots.begin() + index,
                           [](const Slot& slot) { return !slot.gone; });
  }
  // Each other workflow has as many turns before this one as this one has before it, and one more
  // where it is ahead in the round.
  int64_t position = 1 + before;
  for (const Line* line : levels_[own.priority].by_turn) {
    if (line == &own) continue;
    position += std::min(line->live, before + (line->turn < own.turn ? 1 : 0));
  }
  for (int priority = own.priority + 1; priority <= kPriorityMax; ++priority) {
    position += levels_[priority].size;
  }
  return Place{.position = position, .since = own.slots[index].since};
}

std::optional<absl::Time> FairQueue::Oldest() const {
  std::optional<absl::Time> oldest;
  for (const Level& level : levels_) {
    for (const Line* line : level.by_turn) {
      const absl::Time since = line->slots.front().since;
      if (!oldest || since < *oldest) oldest = since;
    }
  }
  return oldest;
}

FairQueue::Flow& FairQueue::FlowOf(std::string_view workflow) {
  if (const auto found = flows_.find(workflow); found != flows_.end()) return *found->second;
  auto flow = std::make_unique<Flow>();
  flow->workflow = workflow;
  const std::string_view key = flow->workflow;
  return *flows_.emplace(key, std::move(flow)).first->second;
}

void FairQueue::DropIfIdle(Flow& flow) {
  if (flow.in_flight > 0 || !flow.lines.empty()) return;
  flows_.erase(flows_.find(flow.workflow));
}

void FairQueue::Link(Line& line) {
  levels_[line.priority].by_turn.insert(&line);
  levels_[line.priority].by_load.insert(&line);
}

void FairQueue::Unlink(Line& line) {
  levels_[line.priority].by_turn.erase(&line);
  levels_[line.priority].by_load.erase(&line);
}

void FairQueue::TakeOut(const Item& item) {
  Line& line = *item.line;
  line.slots[item.number - line.first_number].gone = true;
  --line.live;
  --levels_[line.priority].size;
  if (line.live == 0) {
    Flow& flow = *line.flow;
    Unlink(line);
    flow.lines.erase(line.priority);
    DropIfIdle(flow);
    return;
  }
  while (line.slots.front().gone) {
    line.slots.pop_front();
    ++line.first_number;
  }
  const int64_t gone = static_cast<int64_t>(line.slots.size()) - line.live;
  if (gone > kGoneMax + line.live) Compact(line);
}

void FairQueue::Compact(Line& line) {
  std::erase_if(line.slots, [](const Slot& slot) { return slot.gone; });
  for (size_t i = 0; i < line.slots.size(); ++i) {
    items_.at(line.slots[i].id).number = line.first_number + i;
  }
}

void FairQueue::ChangeInFlight(Flow& flow, int64_t change) {
  for (auto& [priority, line] : flow.lines) levels_[priority].by_load.erase(&line);
  flow.in_flight += change;
  for (auto& [priority, line] : flow.lines) levels_[priority].by_load.insert(&line);
}

}  // namespace segue::services
