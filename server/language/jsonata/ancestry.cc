#include "server/language/jsonata/ancestry.h"

#include <utility>

#include "server/language/jsonata/lexer.h"
#include "server/language/jsonata/parser.h"

namespace segue::language::jsonata {

ParentSlot* Ancestry::NewSlot() {
  ParentSlot* slot = &unit_.slots.emplace_back();
  slot->label = unit_.names.Number("!" + std::to_string(slots_++));
  unit_.Bind(slot->label);
  return slot;
}

void Ancestry::Push(Node* node, Node* part) {
  node->seeking.insert(node->seeking.end(), part->seeking.begin(), part->seeking.end());
  if (part->kind == Kind::kParent) node->seeking.push_back(part->slot);
}

// A name or a wildcard: the step that is meant, when enough of them have been passed.
bool Ancestry::SeekStep(Node* step, ParentSlot* slot) {
  if (--slot->level > 0) return true;
  if (step->ancestor != nullptr) slot->label = step->ancestor->label;
  step->ancestor = slot;
  step->tuple = true;
  return true;
}

bool Ancestry::Seek(Node* node, ParentSlot* slot) {
  switch (node->kind) {
    case Kind::kName:
    case Kind::kWildcard:
      return SeekStep(node, slot);
    case Kind::kParent:
      ++slot->level;
      return true;
    case Kind::kBlock:
      if (node->items.empty()) return true;
      node->tuple = true;
      return Seek(node->items.back(), slot);
    case Kind::kPath: {
      node->tuple = true;
      size_t index = node->items.size();
      do {
        if (!Seek(node->items[--index], slot)) return false;
      } while (slot->level > 0 && index > 0);
      return true;
    }
    default:
      fault_ = SyntaxFault{.code = "S0217",
                           .position = node->position,
                           .token = Quoted(KindName(*node)),
                           .plain_token = std::string(KindName(*node))};
      return false;
  }
}

void Ancestry::Resolve(Node* path) {
  Node* last = path->items.back();
  std::vector<ParentSlot*> slots = last->seeking;
  if (last->kind == Kind::kParent) slots.push_back(last->slot);
  for (ParentSlot* slot : slots) {
    auto index = static_cast<std::ptrdiff_t>(path->items.size()) - 2;
    const auto step_at = [path](std::ptrdiff_t i) { return path->items[static_cast<size_t>(i)]; };
    while (slot->level > 0) {
      if (index < 0) {
        path->seeking.push_back(slot);
        break;
      }
      Node* step = step_at(index--);
      // Steps with `@` in a row have the same context.
      while (index >= 0 && step->focus != 0 && step_at(index)->focus != 0) step = step_at(index--);
      if (!Seek(step, slot)) return;
    }
  }
}

}  // namespace segue::language::jsonata
