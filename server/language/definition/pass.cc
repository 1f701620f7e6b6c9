#include <utility>

#include "server/language/definition/state.h"

// States Language, "Pass State".

namespace segue::language {

void CompilePass(StateContext* context) {
  PassState pass;
  // Result is literal throughout: AWS leaves members whose name ends in `.$` as they are.
  if (context->language.language() == QueryLanguage::kJsonPath) {
    if (const Node* result = context->fields.Take("Result")) pass.result = result->ToJson();
  }
  context->state.detail = std::move(pass);
}

}  // namespace segue::language
