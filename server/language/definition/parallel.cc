#include <utility>

#include "server/language/definition/state.h"

// States Language, "Parallel State".

namespace segue::language {

void CompileParallel(StateContext* context) {
  ParallelState parallel;
  context->fields.Require({"Branches"});
  if (const Node* branches = context->fields.NonEmptyArray("Branches")) {
    for (const Node* branch : branches->children()) {
      Fields fields(*branch, &context->faults());
      parallel.branches.push_back(
          CompileBlock(&fields, context->block.type(), &context->compilation()));
      fields.Finish(context->language.language());
    }
  }
  context->state.detail = std::move(parallel);
}

}  // namespace segue::language
