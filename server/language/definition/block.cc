#include "server/language/definition/block.h"

#include <algorithm>
#include <utility>

#include "server/language/definition/state.h"
#include "server/language/text.h"

namespace segue::language {

Block::Block(const Node& states, WorkflowType type, Compilation* compilation)
    : states_(states), type_(type), compilation_(compilation) {
  for (const Node* state : states.children()) {
    indices_[state->name()] = static_cast<StateIndex>(compilation->workflow.states.size());
    compilation->workflow.states.emplace_back();
  }
}

StateIndex Block::IndexOf(std::string_view name) const {
  const auto found = indices_.find(name);
  return found == indices_.end() ? kEnd : found->second;
}

StateIndex Block::Target(const Node& name, StateIndex from) {
  const StateIndex target = IndexOf(name.string());
  if (target == kEnd) {
    // AWS calls every target 'Next', be it under StartAt or Default.
    compilation_->faults.Add(name.position(), kMissingTransitionTarget,
                             Concat("Missing 'Next' target: ", name.string()));
  } else if (from != kEnd) {
    transitions_.emplace_back(from, target);
  }
  return target;
}

void Block::CheckGraph(StateIndex start, const Node& block) {
  if (states_.children().empty() || has_gap_) return;
  // As AWS does: one fault that everything else would follow from hides the rest.
  if (!has_end_) {
    compilation_->faults.Add(block.position(), kMissingEndState, "Workflow has no terminal state");
    return;
  }
  if (start == kEnd) return;
  absl::flat_hash_map<StateIndex, std::vector<StateIndex>> targets;
  for (const auto& [from, to] : transitions_) targets[from].push_back(to);
  absl::flat_hash_map<StateIndex, bool> reached{{start, true}};
  std::vector<StateIndex> waiting{start};
  while (!waiting.empty()) {
    const StateIndex state = waiting.back();
    waiting.pop_back();
    for (const StateIndex target : targets[state]) {
      if (reached.emplace(target, true).second) waiting.push_back(target);
    }
  }
  for (const Node* state : states_.children()) {
    if (reached.contains(IndexOf(state->name()))) continue;
    compilation_->faults.Add(state->name_position(), kMissingTransitionTarget,
                             Concat("State \"", state->name(), "\" is not reachable."));
  }
}

StateIndex CompileBlock(Fields* fields, WorkflowType type, Compilation* compilation) {
  fields->Require({"States", "StartAt"});
  const Node* states = fields->Object("States");
  const Node* start_at = fields->String("StartAt");
  if (states == nullptr) return kEnd;
  if (states->children().empty()) {
    compilation->faults.Schema(*states, "Field 'States' must not be empty");
    return kEnd;
  }
  Block block(*states, type, compilation);
  const StateIndex start = start_at == nullptr ? kEnd : block.Target(*start_at, kEnd);
  for (const Node* state : states->children()) CompileState(*state, &block);
  block.CheckGraph(start, fields->object());
  return start;
}

}  // namespace segue::language
