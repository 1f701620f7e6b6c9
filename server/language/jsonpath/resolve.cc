#include "server/language/jsonpath/resolve.h"

namespace segue::language::jsonpath {

Answer Resolve(const Path& path, const Scope& scope) {
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
