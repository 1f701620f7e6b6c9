#pragma once

#include <string_view>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "server/language/definition/fields.h"
#include "server/language/parse.h"
#include "server/language/workflow.h"

namespace segue::language {

// What the compilation of one definition shares.
struct Compilation {
  const ParseOptions& options;
  Faults faults;
  Workflow workflow;
};

// A StartAt with its States while they are compiled: the whole, a branch of a Parallel, the
// processor of a Map. Transitions stay inside of it.
class Block {
 public:
  // Gives each member of `states` its index in the workflow. Borrows all.
  Block(const Node& states, WorkflowType type, Compilation* compilation);

  WorkflowType type() const { return type_; }
  Compilation& compilation() { return *compilation_; }
  StateIndex IndexOf(std::string_view name) const;

  // The state that the string at `name` names, as the target of a transition from `from`. A fault
  // and kEnd where this block has none of that name.
  StateIndex Target(const Node& name, StateIndex from);

  // Said of each state that can end the block.
  void NoteEnd() { has_end_ = true; }
  // Said of a state whose transitions are unknown since it is faulty.
  void NoteGap() { has_gap_ = true; }

  // Faults for states that no path from `start` reaches, and where nothing ends the block.
  void CheckGraph(StateIndex start, const Node& block);

 private:
  const Node& states_;
  const WorkflowType type_;
  Compilation* const compilation_;
  absl::flat_hash_map<std::string_view, StateIndex> indices_;
  std::vector<std::pair<StateIndex, StateIndex>> transitions_;
  bool has_end_ = false;
  bool has_gap_ = false;
};

// Compiles StartAt and States of `fields`, with all blocks inside. The index of the first state;
// kEnd where it is missing (there is a fault then).
StateIndex CompileBlock(Fields* fields, WorkflowType type, Compilation* compilation);

}  // namespace segue::language
