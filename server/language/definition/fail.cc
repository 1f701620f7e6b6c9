#include <utility>

#include "server/language/definition/state.h"

// States Language, "Fail State".

namespace segue::language {

void CompileFail(StateContext* context) {
  context->block.NoteEnd();
  FailState fail;
  fail.error = context->language.CompileText(&context->fields, "Error", TextKind::kString);
  fail.cause = context->language.CompileText(&context->fields, "Cause", TextKind::kString);
  context->state.detail = std::move(fail);
}

}  // namespace segue::language
