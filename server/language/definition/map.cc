#include <utility>

#include "server/language/definition/state.h"

// States Language, "Map State".

namespace segue::language {
namespace {

// ItemSelector, or Parameters, which was its name in JSONPath mode before.
ExpressionPtr CompileItemSelector(StateContext* context) {
  Fields& fields = context->fields;
  const bool json_path = context->language.language() == QueryLanguage::kJsonPath;
  if (json_path) fields.AtMostOneOf({"ItemSelector", "Parameters"});
  const Node* selector = fields.Take("ItemSelector");
  const Node* parameters = json_path ? fields.Take("Parameters") : nullptr;
  if (selector == nullptr) selector = parameters;
  if (selector == nullptr) return nullptr;
  return context->language.CompileTemplate(*selector, &context->faults());
}

}  // namespace

void CompileMap(StateContext* context) {
  Fields& fields = context->fields;
  const FieldCompiler& language = context->language;
  MapState map;
  CompileItemProcessor(context, &map);
  map.items = language.CompileItems(&fields, map.mode);
  map.item_selector = CompileItemSelector(context);
  map.max_concurrency = language.CompileInteger(&fields, "MaxConcurrency", {});
  map.tolerated_failure_count = language.CompileInteger(&fields, "ToleratedFailureCount", {});
  map.tolerated_failure_percentage =
      language.CompilePercentage(&fields, "ToleratedFailurePercentage");
  CompileDataFields(context, &map);
  context->state.detail = std::move(map);
}

}  // namespace segue::language
