#include <algorithm>
#include <utility>

#include "server/language/jsonata/builder.h"
#include "server/language/jsonata/functions/table.h"

namespace segue::language::jsonata {
namespace {

void AddOnce(std::string_view name, std::vector<std::string>* names) {
  if (std::find(names->begin(), names->end(), name) == names->end()) names->emplace_back(name);
}

// Whether the path begins with a member of a variable: `$v.name`.
bool BeginsWithMember(const Node& path) {
  return path.items.size() > 1 && path.items[0]->kind == Kind::kVariable &&
         path.items[1]->kind == Kind::kName && path.items[0]->stages.empty() &&
         path.items[0]->predicates.empty() && !path.items[0]->tuple;
}

class Collector {
 public:
  explicit Collector(Unit* unit) : unit_(*unit) {}

  // Whether what is looked at is applied to the expression's own input, or to what a path found.
  enum class Context { kInput, kInner };

  void Walk(const Node* node, Context context) {
    if (node == nullptr) return;
    Look(*node, context);
    if (node->kind == Kind::kPath) {
      member_ = BeginsWithMember(*node) ? node->items[1]->text : std::string_view();
      for (size_t i = 0; i < node->items.size(); ++i) {
        Walk(node->items[i], i == 0 ? context : Context::kInner);
      }
    } else {
      const bool inner = node->kind == Kind::kTransform;
      const Context below = inner ? Context::kInner : context;
      Walk(node->first, below);
      Walk(node->second, below);
      Walk(node->third, below);
      if (node->kind != Kind::kLambda) WalkAll(node->items, below);
      WalkPairs(*node, below);
    }
    for (const Stage& stage : node->predicates) Walk(stage.filter, Context::kInner);
    for (const Stage& stage : node->stages) Walk(stage.filter, Context::kInner);
    for (const SortTerm& term : node->terms) Walk(term.expression, Context::kInner);
    if (node->group != nullptr) WalkPairs(*node->group, Context::kInner);
  }

 private:
  void WalkAll(const std::vector<Node*>& nodes, Context context) {
    for (const Node* node : nodes) Walk(node, context);
  }

  void WalkPairs(const Node& node, Context context) {
    for (const auto& [key, value] : node.pairs) {
      Walk(key, context);
      Walk(value, context);
    }
  }

  void Look(const Node& node, Context context) {
    References& references = unit_.references;
    const bool input = context == Context::kInput;
    switch (node.kind) {
      case Kind::kName:
        if (!input) return;
        references.context = true;
        AddOnce(node.text, &references.names);
        return;
      case Kind::kWildcard:
      case Kind::kDescendant:
        references.context |= input;
        return;
      case Kind::kVariable:
        LookAtVariable(node, context);
        return;
      case Kind::kFunction:
      case Kind::kPartial:
        if (node.first->kind == Kind::kVariable) AddOnce(node.text, &references.calls);
        return;
      default:
        return;
    }
  }

  void LookAtVariable(const Node& node, Context context) {
    const std::string_view member = std::exchange(member_, {});
    if (node.text.empty()) {
      unit_.references.context |= context == Context::kInput;
    } else if (node.variable == unit_.root_name) {
      unit_.references.root = true;
    } else if (!unit_.bound[node.variable] && FindBuiltin(node.text, unit_.library) == nullptr) {
      AddOnce(node.text, &unit_.references.variables);
      std::pair<std::string, std::string> read(node.text, member);
      auto& members = unit_.references.members;
      if (std::find(members.begin(), members.end(), read) == members.end()) {
        members.push_back(std::move(read));
      }
    }
  }

  Unit& unit_;
  std::string_view member_;  // of the variable that is looked at next
};

}  // namespace

void CollectReferences(Unit* unit) { Collector(unit).Walk(unit->root, Collector::Context::kInput); }

}  // namespace segue::language::jsonata
