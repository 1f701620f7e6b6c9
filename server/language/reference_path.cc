#include <algorithm>
#include <utility>

#include "server/language/expression.h"
#include "server/language/text.h"

// States Language, "Reference Paths" and "ResultPath".

namespace segue::language {
namespace {

using Step = ReferencePath::Step;

bool IsPlainName(std::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  });
}

std::string Written(const std::vector<Step>& steps) {
  std::string text = "$";
  for (const Step& step : steps) {
    if (step.index) {
      text += Concat("[", std::to_string(*step.index), "]");
    } else if (IsPlainName(step.name)) {
      text += Concat(".", step.name);
    } else {
      text += Concat("['", step.name, "']");
    }
  }
  return text;
}

// `target` with `value` at `steps` from `at` on; null `target`: nothing is there yet. Nothing where
// the path cannot be applied.
std::optional<Json> PutAt(const std::vector<Step>& steps, size_t at, const Json* target,
                          Json value) {
  if (at == steps.size()) return value;
  const Step& step = steps[at];
  if (step.index) {
    const auto index = static_cast<size_t>(*step.index);
    if (target == nullptr || !target->is_array() || index >= target->array().size()) {
      return std::nullopt;
    }
    auto element = PutAt(steps, at + 1, &target->array()[index], std::move(value));
    if (!element) return std::nullopt;
    Json::Array elements = target->array();
    elements[index] = *std::move(element);
    return Json(std::move(elements));
  }
  if (target != nullptr && !target->is_object()) return std::nullopt;
  const Json* there = target == nullptr ? nullptr : target->Find(step.name);
  auto member = PutAt(steps, at + 1, there, std::move(value));
  if (!member) return std::nullopt;
  if (target == nullptr) return Json::Of({{step.name, *std::move(member)}});
  return target->With(step.name, *std::move(member));
}

}  // namespace

Outcome<Json> ReferencePath::Put(const Json& target, Json value) const {
  auto result = PutAt(steps_, 0, &target, std::move(value));
  if (result) return *std::move(result);
  return WorkflowError{
      "States.ResultPathMatchFailure",
      Concat("Unable to apply ReferencePath ", Written(steps_), " to input ", target.Dump())};
}

}  // namespace segue::language
