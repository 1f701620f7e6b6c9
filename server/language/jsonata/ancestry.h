#pragma once

#include <optional>
#include <utility>

#include "server/language/jsonata/node.h"

namespace segue::language::jsonata {

// Resolves the parent operator `%` at compile time: which step's input it stands for.
class Ancestry {
 public:
  explicit Ancestry(Unit* unit) : unit_(*unit) {}

  // A slot for one `%`.
  ParentSlot* NewSlot();

  // `node` and what is above it want the parents that `part` could not find.
  static void Push(Node* node, Node* part);

  // Finds what the last step of `path` wants among the steps before it.
  void Resolve(Node* path);

  // Looks for `slot` in `node`, from its end. False after a fault.
  bool Seek(Node* node, ParentSlot* slot);

  std::optional<SyntaxFault> TakeFault() { return std::exchange(fault_, std::nullopt); }

 private:
  bool SeekStep(Node* step, ParentSlot* slot);

  Unit& unit_;
  int slots_ = 0;
  std::optional<SyntaxFault> fault_;
};

}  // namespace segue::language::jsonata
