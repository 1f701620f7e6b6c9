#include <utility>

#include "server/language/definition/state.h"

// States Language, "Choice State".

namespace segue::language {
namespace {

ChoiceRule CompileRule(const Node& node, StateContext* context) {
  Fields fields(node, &context->faults());
  ChoiceRule rule;
  if (!node.is_object()) {
    context->block.NoteGap();
    return rule;
  }
  if (!fields.Require({"Next"})) context->block.NoteGap();
  if (const Node* next = fields.String("Next")) {
    rule.next = context->block.Target(*next, context->index);
  }
  rule.condition = context->language.CompileCondition(&fields);
  rule.assign = context->language.CompileAssign(&fields);
  rule.output = context->language.CompileRuleOutput(&fields);
  fields.Finish(context->language.language());
  return rule;
}

}  // namespace

void CompileChoice(StateContext* context) {
  Fields& fields = context->fields;
  ChoiceState choice;
  fields.Require({"Choices"});
  if (const Node* choices = fields.NonEmptyArray("Choices")) {
    for (const Node* rule : choices->children()) {
      choice.rules.push_back(CompileRule(*rule, context));
    }
  } else {
    context->block.NoteGap();
  }
  if (const Node* otherwise = fields.String("Default")) {
    choice.otherwise = context->block.Target(*otherwise, context->index);
  } else if (fields.Has("Default")) {
    context->block.NoteGap();
  }
  context->state.detail = std::move(choice);
}

}  // namespace segue::language
