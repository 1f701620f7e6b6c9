#include "server/language/jsonpath/ast.h"

#include <algorithm>

namespace segue::language::jsonpath {
namespace {

bool IsSimple(const Step& step) {
  return std::holds_alternative<MemberStep>(step) || std::holds_alternative<IndexStep>(step);
}

// The parts of what `path` finds. Whether that is one value or many stays as it was (Jayway
// remembers it from the path alone).
PathPtr PartsOf(const PathPtr& path) {
  if (path->is_call || path->steps.empty()) return path;
  auto parts = std::make_shared<Path>(*path);
  parts->steps.emplace_back(WildcardStep{});
  return parts;
}

}  // namespace

void FillInDerived(Path* path) {
  std::vector<Step>& steps = path->steps;
  path->simple_count =
      static_cast<size_t>(std::find_if_not(steps.begin(), steps.end(), IsSimple) - steps.begin());
  const auto is_definite = [&](const Step& step) {
    const bool last_members = &step == &steps.back() && std::holds_alternative<MembersStep>(step);
    return IsSimple(step) || last_members || std::holds_alternative<FunctionStep>(step);
  };
  path->definite_count = static_cast<size_t>(
      std::find_if_not(steps.begin(), steps.end(), is_definite) - steps.begin());
  path->definite = path->definite_count == steps.size();
  path->is_call = !steps.empty() && std::holds_alternative<FunctionStep>(steps.back());
  for (Step& step : steps) {
    if (std::holds_alternative<ScanStep>(step)) path->has_scan = true;
    auto* call = std::get_if<FunctionStep>(&step);
    if (call == nullptr || call->function != Function::kLength || call->arguments.empty()) continue;
    if (const PathPtr& first = call->arguments.front().path) call->counted = PartsOf(first);
  }
}

}  // namespace segue::language::jsonpath
