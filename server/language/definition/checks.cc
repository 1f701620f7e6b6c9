#include "server/language/definition/checks.h"

#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "server/language/definition/fields.h"
#include "server/language/text.h"

namespace segue::language {
namespace {

constexpr size_t kStateNameLengthMax = 80;  // characters

using Names = absl::flat_hash_set<std::string_view>;

const std::vector<const Node*>& ChildrenOf(const Node* node) {
  static const std::vector<const Node*>* const kNone = new std::vector<const Node*>();
  return node == nullptr ? *kNone : node->children();
}

const std::vector<const Node*>& StatesOf(const Node& block) {
  return ChildrenOf(block.Find("States"));
}

bool IsDistributed(const Node& processor) {
  const Node* config = processor.Find("ProcessorConfig");
  const Node* mode = config == nullptr ? nullptr : config->Find("Mode");
  return mode != nullptr && mode->is_string() && mode->string() == "DISTRIBUTED";
}

// The blocks inside a state.
std::vector<const Node*> BlocksOf(const Node& state) {
  std::vector<const Node*> blocks = ChildrenOf(state.Find("Branches"));
  for (const char* name : {"ItemProcessor", "Iterator"}) {
    if (const Node* processor = state.Find(name)) blocks.push_back(processor);
  }
  return blocks;
}

class NameCheck {
 public:
  explicit NameCheck(Faults* faults) : faults_(faults) {}

  void Visit(const Node& block) {
    for (const Node* state : StatesOf(block)) {
      CheckState(*state);
      CheckLabel(state->Find("Label"));
      for (const Node* inner : BlocksOf(*state)) Visit(*inner);
    }
  }

 private:
  void CheckState(const Node& state) {
    const std::string& name = state.name();
    if (!states_.insert(name).second) {
      faults_->Add(state.name_position(), kDuplicateStateName,
                   Concat("Duplicate State name: ", name));
    }
    if (name.empty()) {
      faults_->Add(state.name_position(), kInvalidStateName, "A state's name must not be empty");
    }
    if (CharacterCount(name) > kStateNameLengthMax) {
      faults_->Add(state.name_position(), kInvalidStateName,
                   Concat("The state name '", name, "' is longer than 80 characters"));
    }
  }

  void CheckLabel(const Node* label) {
    if (label == nullptr || !label->is_string()) return;
    if (labels_.insert(label->string()).second) return;
    faults_->Add(label->position(), kDuplicateLabelName,
                 Concat("Duplicate Label name: ", label->string()));
  }

  Faults* const faults_;
  Names states_;
  Names labels_;
};

std::string_view VariableOf(const Node& member) {
  std::string_view name = member.name();
  if (name.size() >= 2 && name.substr(name.size() - 2) == ".$") name.remove_suffix(2);
  return name;
}

// The members of every Assign of a state: its own, its catchers' and its rules'.
std::vector<const Node*> AssignmentsOf(const Node& state) {
  std::vector<const Node*> assignments = ChildrenOf(state.Find("Assign"));
  for (const char* list : {"Catch", "Choices"}) {
    for (const Node* rule : ChildrenOf(state.Find(list))) {
      const auto& own = ChildrenOf(rule->Find("Assign"));
      assignments.insert(assignments.end(), own.begin(), own.end());
    }
  }
  return assignments;
}

Names VariablesOf(const Node& state) {
  Names variables;
  for (const Node* member : AssignmentsOf(state)) variables.insert(VariableOf(*member));
  return variables;
}

// The variables of a block, as the blocks inside of one of its states see them.
struct VariableScope {
  const VariableScope* outer = nullptr;
  absl::flat_hash_map<std::string_view, int> assigning_states;  // how many, by variable
  // What that one state assigns itself. This comes after the end of the blocks inside of it; AWS
  // lets them use those names.
  Names own;

  bool Assigns(std::string_view variable) const {
    const auto found = assigning_states.find(variable);
    int states = found == assigning_states.end() ? 0 : found->second;
    if (own.contains(variable)) --states;
    return states > 0 || (outer != nullptr && outer->Assigns(variable));
  }
};

// States Language, "Variable Scope": an inner scope must not assign a variable of an outer one.
// Distributed children see nothing of what is around them.
void CheckVariables(const Node& block, const VariableScope* outer, Faults* faults) {
  VariableScope scope{.outer = outer, .assigning_states = {}, .own = {}};
  for (const Node* state : StatesOf(block)) {
    for (const std::string_view variable : VariablesOf(*state)) ++scope.assigning_states[variable];
    for (const Node* member : AssignmentsOf(*state)) {
      const std::string_view variable = VariableOf(*member);
      if (outer == nullptr || !outer->Assigns(variable)) continue;
      faults->Add(member->name_position(), kSchemaValidationFailed,
                  Concat("Variable '", variable,
                         "' is assigned in an outer scope; an inner one must not assign it"));
    }
  }
  for (const Node* state : StatesOf(block)) {
    const std::vector<const Node*> blocks = BlocksOf(*state);
    if (!blocks.empty()) scope.own = VariablesOf(*state);
    for (const Node* inner : blocks) {
      CheckVariables(*inner, IsDistributed(*inner) ? nullptr : &scope, faults);
    }
  }
}

}  // namespace

void CheckMachine(const Node& machine, Faults* faults) {
  NameCheck(faults).Visit(machine);
  CheckVariables(machine, nullptr, faults);
}

}  // namespace segue::language
