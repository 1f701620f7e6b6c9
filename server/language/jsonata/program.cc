#include "server/language/jsonata/program.h"

#include <utility>

#include "server/language/jsonata/builder.h"
#include "server/language/jsonata/evaluator.h"
#include "server/language/jsonata/node.h"
#include "server/language/jsonata/parser.h"
#include "server/language/jsonata/regex.h"
#include "server/language/jsonata/signature.h"
#include "server/language/jsonata/utf.h"

namespace segue::language::jsonata {
namespace {

Fault FaultOf(const SyntaxFault& fault, std::string_view text) {
  Fault made{.code = fault.code, .message = MessageOf(fault)};
  made.position = Utf16Length(text.substr(0, fault.position));
  made.token = fault.plain_token;
  return made;
}

}  // namespace

struct Program::State {
  Unit unit;
};

Program::Program(std::unique_ptr<const State> state) : state_(std::move(state)) {}
Program::~Program() = default;

std::variant<ProgramPtr, Fault> Program::Compile(std::string_view text, Library library) {
  auto state = std::make_unique<State>();
  state->unit.text = std::string(text);
  state->unit.library = library;
  auto fault = Parse(&state->unit);
  if (!fault) fault = Build(&state->unit);
  if (fault) return FaultOf(*fault, text);
  return ProgramPtr(new Program(std::move(state)));
}

Answer Program::Evaluate(const Json* input, const Json::Object& bindings,
                         const Environment& environment) const {
  const auto lookup = [&bindings](std::string_view name) { return bindings.Find(name); };
  return EvaluateWith(input, lookup, environment);
}

Answer Program::EvaluateWith(const Json* input, Lookup lookup,
                             const Environment& environment) const {
  return Evaluator(state_->unit, environment, lookup).Run(input);
}

const std::string& Program::text() const { return state_->unit.text; }
const References& Program::references() const { return state_->unit.references; }

}  // namespace segue::language::jsonata
