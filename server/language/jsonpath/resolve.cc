#include "server/language/jsonpath/resolve.h"

namespace segue::language::jsonpath {

namespace {

Answer EvaluateIn(const Path& path, const Scope& scope) {
  switch (path.root) {
    case Path::Root::kContext:
      return Evaluate(path, scope.context());
    case Path::Root::kVariable: {
      const Json* variable = scope.variables.Find(path.variable);
      return variable == nullptr ? Answer() : Evaluate(path, *variable);
    }
    case Path::Root::kDocument:
    case Path::Root::kCurrent:
      break;
  }
  return Evaluate(path, scope.input);
}

}  // namespace

Answer Resolve(const Path& path, const Scope& scope) {
  Answer answer = EvaluateIn(path, scope);
  if (scope.allowance.Take(answer.visits * static_cast<int64_t>(sizeof(Json)))) return answer;
  return {Answer::Kind::kTooCostly, {}, {}};
}

Json RootDocument(const Path& path, const Scope& scope) {
  switch (path.root) {
    case Path::Root::kContext:
      return scope.context();
    case Path::Root::kVariable: {
      const Json* variable = scope.variables.Find(path.variable);
      return variable == nullptr ? Json() : *variable;
    }
    case Path::Root::kDocument:
    case Path::Root::kCurrent:
      break;
  }
  return scope.input;
}

}  // namespace segue::language::jsonpath
