#include "server/language/definition/state.h"

#include <array>
#include <utility>

#include "server/language/text.h"

namespace segue::language {
namespace {

struct TypeRow {
  StateType type;
  std::string_view name;
  PipelineFields pipeline;
  bool transitions;  // Next or End
  bool assign;
  bool error_handling;  // Retry and Catch
  void (*compile)(StateContext*);
};

// States Language, "State Types": the table of fields by type.
constexpr auto kTypes = std::to_array<TypeRow>({
    {StateType::kTask,
     "Task",
     {.input_and_output = true,
      .parameters = true,
      .arguments = true,
      .result_selector = true,
      .result_path = true},
     true,
     true,
     true,
     CompileTask},
    {StateType::kParallel,
     "Parallel",
     {.input_and_output = true,
      .parameters = true,
      .arguments = true,
      .result_selector = true,
      .result_path = true},
     true,
     true,
     true,
     CompileParallel},
    {StateType::kMap,
     "Map",
     {.input_and_output = true, .result_selector = true, .result_path = true},
     true,
     true,
     true,
     CompileMap},
    {StateType::kWait, "Wait", {.input_and_output = true}, true, true, false, CompileWait},
    {StateType::kPass,
     "Pass",
     {.input_and_output = true, .parameters = true, .result_path = true},
     true,
     true,
     false,
     CompilePass},
    {StateType::kChoice, "Choice", {.input_and_output = true}, false, true, false, CompileChoice},
    {StateType::kSucceed,
     "Succeed",
     {.input_and_output = true},
     false,
     false,
     false,
     CompileSucceed},
    {StateType::kFail, "Fail", {}, false, false, false, CompileFail},
});

const TypeRow* FindType(Fields* fields) {
  if (!fields->Require({"Type"})) return nullptr;
  const Node* node = fields->String("Type");
  if (node == nullptr) return nullptr;
  for (const TypeRow& row : kTypes) {
    if (row.name == node->string()) return &row;
  }
  std::string message = "Value is not one of the following: [";
  for (const TypeRow& row : kTypes) {
    message.append(&row == kTypes.data() ? "" : ", ").append(row.name);
  }
  message.append("]");
  if (node->string() == "Graph") message = "Graph states come with a later version of Segue";
  fields->faults().Schema(*node, std::move(message));
  return nullptr;
}

QueryLanguage CompileQueryLanguage(Fields* fields, QueryLanguage inherited) {
  const auto name = fields->Enum("QueryLanguage", {"JSONPath", "JSONata"});
  if (!name) return inherited;
  const auto own = *name == "JSONata" ? QueryLanguage::kJsonata : QueryLanguage::kJsonPath;
  if (own == QueryLanguage::kJsonPath && inherited == QueryLanguage::kJsonata) {
    fields->faults().Schema(fields->object(),
                            "'QueryLanguage' can not be 'JSONPath' if set to 'JSONata' for whole "
                            "state machine");
  }
  return own;
}

// Next or End.
void CompileTransition(StateContext* context) {
  Fields& fields = context->fields;
  fields.AtMostOneOf({"Next", "End"});
  const Node* next = fields.String("Next");
  const Node* end = fields.Take("End");
  if (end != nullptr && !end->scalar().is_bool()) {
    fields.faults().Schema(*end, "Expected a boolean");
    context->block.NoteGap();
  } else if (end != nullptr && end->scalar().bool_value()) {
    context->block.NoteEnd();
  } else if (!fields.Has("Next")) {
    fields.faults().Schema(fields.object(),
                           "There should be one of the following fields: [Next, End]");
    context->block.NoteGap();
  }
  if (fields.Has("Next") && next == nullptr) context->block.NoteGap();
  if (next != nullptr) context->state.next = context->block.Target(*next, context->index);
}

// Of a state whose type is unknown nothing can be checked but where it leads.
void CompileFaultyState(Fields* fields, StateIndex index, Block* block) {
  block->NoteGap();
  if (const Node* next = fields->object().Find("Next"); next != nullptr && next->is_string()) {
    block->Target(*next, index);
  }
}

}  // namespace

std::string_view StateTypeName(StateType type) {
  for (const TypeRow& row : kTypes) {
    if (row.type == type) return row.name;
  }
  return "";
}

void CompileState(const Node& node, Block* block) {
  Compilation& compilation = block->compilation();
  Fields fields(node, &compilation.faults);
  const StateIndex index = block->IndexOf(node.name());
  if (!node.is_object()) return block->NoteGap();
  const TypeRow* type = FindType(&fields);
  if (type == nullptr) return CompileFaultyState(&fields, index, block);

  State state;
  state.name = node.name();
  state.type = type->type;
  state.position = node.position();
  state.query_language = CompileQueryLanguage(&fields, compilation.workflow.query_language);
  StateContext context{*block, index, FieldCompilerFor(state.query_language), fields, state};
  context.language.CompilePipeline(&fields, type->pipeline, &state);
  if (type->assign) state.assign = context.language.CompileAssign(&fields);
  if (type->transitions) CompileTransition(&context);
  if (type->error_handling) {
    CompileRetry(&context);
    CompileCatch(&context);
  }
  type->compile(&context);
  fields.Finish(state.query_language);
  compilation.workflow.states[static_cast<size_t>(index)] = std::move(state);
}

}  // namespace segue::language
