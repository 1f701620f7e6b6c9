#pragma once

#include <string_view>

#include "server/language/definition/fields.h"
#include "server/language/workflow.h"

namespace segue::language {

// Which fields of the input and output pipeline a state type has.
struct PipelineFields {
  bool input_and_output = false;  // JSONPath: InputPath, OutputPath; JSONata: Output
  bool parameters = false;        // JSONPath: Parameters
  bool arguments = false;         // JSONata: Arguments
  bool result_selector = false;   // JSONPath: ResultSelector
  bool result_path = false;       // JSONPath: ResultPath
};

// What a field of text may hold beside a literal.
enum class TextKind { kString, kTimestamp };

// Compiles the fields whose form depends on the query language: one implementation for each. All
// report faults to the Fields' own list, and return null where the field is absent or faulty.
// Stateless; shared.
class FieldCompiler {
 public:
  virtual ~FieldCompiler() = default;

  virtual QueryLanguage language() const = 0;

  virtual void CompilePipeline(Fields* fields, const PipelineFields& allowed,
                               State* state) const = 0;

  // An integer under `name`; computed, under `name`Path (JSONPath) or as an expression (JSONata).
  virtual ExpressionPtr CompileInteger(Fields* fields, std::string_view name,
                                       IntegerRange range) const = 0;
  // The same for any number in [min, max].
  virtual ExpressionPtr CompilePercentage(Fields* fields, std::string_view name) const = 0;
  // Text under `name`, or computed, as above.
  virtual ExpressionPtr CompileText(Fields* fields, std::string_view name, TextKind kind) const = 0;
  // A value with expressions inside.
  virtual ExpressionPtr CompileTemplate(const Node& value, Faults* faults) const = 0;
  // A Map's items: ItemsPath or Items.
  virtual ExpressionPtr CompileItems(Fields* fields, MapState::Mode mode) const = 0;
  // What an ItemReader's or ResultWriter's resource is called with: Parameters or Arguments.
  virtual ExpressionPtr CompileCallArguments(Fields* fields) const = 0;
  // The condition of a Choice rule: null where it is faulty.
  virtual ConditionPtr CompileCondition(Fields* fields) const = 0;
  // A catcher's ResultPath or Output.
  virtual void CompileCatcherResult(Fields* fields, Catcher* catcher) const = 0;
  // A Choice rule's Output.
  virtual ExpressionPtr CompileRuleOutput(Fields* fields) const = 0;
  // Assign, in any object that may have it.
  virtual Assignments CompileAssign(Fields* fields) const = 0;
};

// The one for `language`. Lives for ever.
const FieldCompiler& FieldCompilerFor(QueryLanguage language);
const FieldCompiler& JsonPathFieldCompiler();
const FieldCompiler& JsonataFieldCompiler();

// A fault for a name that no variable may have: identifiers of Unicode Standard Annex 31, at most
// 80 characters, not "states". `name` stands at `member`. True where it is good.
bool CheckVariableName(std::string_view name, const Node& member, Faults* faults);

}  // namespace segue::language
