#include "server/language/definition/template_check.h"

#include "absl/container/flat_hash_set.h"
#include "server/language/compile.h"
#include "server/language/text.h"

namespace segue::language {
namespace {

bool IsComputed(std::string_view name) {
  return name.size() >= 2 && name.substr(name.size() - 2) == ".$";
}

void CheckComputed(const Node& member, Faults* faults) {
  const std::string fault = Concat("The value for the field '", member.name(),
                                   "' must be a valid JSONPath or a valid intrinsic function call");
  if (!member.is_string()) return faults->Schema(member, fault);
  const auto compiled = CompilePathOrIntrinsic(member.string());
  if (compiled.ok()) return;
  faults->Schema(member, Concat(fault, ": ", std::string(compiled.status().message())));
}

void Check(const Node& node, Faults* faults) {
  absl::flat_hash_set<std::string_view> names;
  for (const Node* child : node.children()) names.insert(child->name());
  for (const Node* child : node.children()) {
    if (!node.is_object() || !IsComputed(child->name())) {
      Check(*child, faults);
      continue;
    }
    CheckComputed(*child, faults);
    const std::string_view bare =
        std::string_view(child->name()).substr(0, child->name().size() - 2);
    if (names.contains(bare)) {
      faults->Add(child->name_position(), kSchemaValidationFailed,
                  Concat("The fields '", bare, "' and '", child->name(),
                         "' set the same field; only one of them may stand here"));
    }
  }
}

}  // namespace

ExpressionPtr CompileCheckedTemplate(const Node& node, Faults* faults) {
  const size_t faults_before = faults->size();
  Check(node, faults);
  if (faults->size() != faults_before) return nullptr;
  auto compiled = CompilePayloadTemplate(node.ToJson());
  if (compiled.ok()) return *std::move(compiled);
  faults->Schema(node, std::string(compiled.status().message()));
  return nullptr;
}

}  // namespace segue::language
