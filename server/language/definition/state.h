#pragma once

#include "server/language/definition/block.h"
#include "server/language/definition/field_compiler.h"
#include "server/language/definition/fields.h"
#include "server/language/document.h"

namespace segue::language {

// One state while it is compiled.
struct StateContext {
  Block& block;
  const StateIndex index;
  const FieldCompiler& language;  // of this state
  Fields& fields;
  State& state;

  Compilation& compilation() { return block.compilation(); }
  Faults& faults() { return fields.faults(); }
};

// Compiles a member of States into the block's place for it.
void CompileState(const Node& node, Block* block);

// What each type of state has of its own; they fill in state.detail. One file each.
void CompileTask(StateContext* context);
void CompileParallel(StateContext* context);
void CompileMap(StateContext* context);
void CompileWait(StateContext* context);
void CompilePass(StateContext* context);
void CompileChoice(StateContext* context);
void CompileSucceed(StateContext* context);
void CompileFail(StateContext* context);

// Retry and Catch, for the types that have them.
void CompileRetry(StateContext* context);
void CompileCatch(StateContext* context);

// The Resource at `node`; nothing after a fault.
std::optional<Resource> CompileResource(const Node& node, StateContext* context);

// A Map's ItemProcessor, with its ProcessorConfig.
void CompileItemProcessor(StateContext* context, MapState* map);
// A Map's Label, ItemReader, ItemBatcher and ResultWriter. AWS has them in distributed mode only;
// the specification does not tie them to it.
void CompileDataFields(StateContext* context, MapState* map);

}  // namespace segue::language
