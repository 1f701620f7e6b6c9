#include "server/language/jsonpath/evaluation.h"

// Jayway's ScanPathToken: `..` tries the step behind it on every object and array below.

namespace segue::language::jsonpath {
namespace {

constexpr int kDepthMax = 256;

}  // namespace

Fault Evaluation::Scan(Run& run, size_t step, const Json& node) {
  if (step + 1 == run.path.steps.size()) {
    return Fail(Fault::kOther, "there is nothing behind '..' to look for");
  }
  return Walk(run, step + 1, node);
}

// The node first, then what is below it, in order. `step` is the one behind the `..`.
Fault Evaluation::Walk(Run& run, size_t step, const Json& node) {
  if (!node.is_array() && !node.is_object()) return Fault::kNone;
  if (depth_ >= kDepthMax) visits_left_ = 0;
  if (--visits_left_ <= 0) return Fault::kOther;
  bool matches = false;
  Fault fault = Matches(run, step, node, &matches);
  if (fault == Fault::kNone && matches) {
    fault = node.is_array() ? TryArray(run, step, node) : Continue(run, step, node);
  }
  if (fault != Fault::kNone) return fault;
  ++depth_;
  if (node.is_array()) {
    for (const Json& element : node.array()) {
      if (fault = Walk(run, step, element); fault != Fault::kNone) break;
    }
  } else {
    for (const auto& member : node.object()) {
      if (fault = Walk(run, step, member.second); fault != Fault::kNone) break;
    }
  }
  --depth_;
  return fault;
}

// On an array, a step that others follow is passed over: those are tried on every element, and
// which element that is, is noted for the last step, which counts only what stands in the element
// that the passed step names. That is right for `..[2].a`; `..[*].a` finds nothing in arrays, nor
// anything behind the first array. It is what Jayway answers.
Fault Evaluation::TryArray(Run& run, size_t step, const Json& node) {
  if (step + 1 == run.path.steps.size()) return Continue(run, step, node);
  int64_t index = 0;
  for (const Json& element : node.array()) {
    element_of_[&run.path.steps[step + 1]] = index++;
    const Fault fault = Continue(run, step + 1, element);
    if (fault != Fault::kNone) return fault;
  }
  return Fault::kNone;
}

Fault Evaluation::Matches(const Run& run, size_t step, const Json& node, bool* matches) {
  const Step& current = run.path.steps[step];
  if (const auto* member = std::get_if<MemberStep>(&current)) {
    *matches = node.Find(member->name) != nullptr;
  } else if (const auto* members = std::get_if<MembersStep>(&current)) {
    *matches = node.is_object();
    if (step + 1 < run.path.steps.size()) return Fault::kNone;
    for (const std::string& name : members->names) *matches &= node.Find(name) != nullptr;
  } else if (std::holds_alternative<WildcardStep>(current)) {
    *matches = true;
  } else if (const auto* filter = std::get_if<FilterStep>(&current)) {
    Fault fault = Fault::kNone;
    *matches = Accept(*filter->filter, {node, run.document, run.members}, &fault);
    return fault;
  } else {
    const bool call =
        std::holds_alternative<FunctionStep>(current) || std::holds_alternative<ScanStep>(current);
    *matches = node.is_array() && !call;
  }
  return Fault::kNone;
}

}  // namespace segue::language::jsonpath
