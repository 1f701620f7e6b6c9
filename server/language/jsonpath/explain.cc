#include "server/language/jsonpath/evaluation.h"
#include "server/language/text.h"

namespace segue::language::jsonpath {
namespace {

std::string Written(const Step& step) {
  if (const auto* member = std::get_if<MemberStep>(&step)) return Concat("['", member->name, "']");
  if (const auto* index = std::get_if<IndexStep>(&step)) {
    return Concat("[", std::to_string(index->index), "]");
  }
  return "[...]";
}

}  // namespace

// The definite steps in front decide; what follows them matches nothing as an empty array.
std::string ExplainNothing(const Path& path, const Json& document) {
  std::string whole = "$";
  for (const Step& step : path.steps) whole += Written(step);
  std::string walked = "$";
  const Json* node = &document;
  for (size_t i = 0; i < path.simple_count; ++i) {
    const Step& step = path.steps[i];
    const auto* member = std::get_if<MemberStep>(&step);
    if (member != nullptr && !node->is_object()) {
      return Concat("Property ", Written(step), " not found in path ", walked);
    }
    if (member == nullptr && node->is_null()) return Concat("The path ", walked, " is null");
    if (member == nullptr && !node->is_array()) {
      return Concat("Filter: ", Written(step),
                    " can only be applied to arrays. Current context is: ", node->Dump());
    }
    walked += Written(step);
    const Json* next = member != nullptr
                           ? node->Find(member->name)
                           : ElementAt(node->array(), std::get<IndexStep>(step).index);
    if (next == nullptr && member != nullptr && i + 1 < path.steps.size()) {
      return Concat("Missing property in path ", walked);
    }
    if (next == nullptr) return Concat("No results for path: ", whole);
    node = next;
  }
  return Concat("No results for path: ", path.text);
}

}  // namespace segue::language::jsonpath
