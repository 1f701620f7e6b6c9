#include "server/language/definition/state.h"

// States Language, "Succeed State".

namespace segue::language {

void CompileSucceed(StateContext* context) {
  context->block.NoteEnd();
  context->state.detail = SucceedState{};
}

}  // namespace segue::language
