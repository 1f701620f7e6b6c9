#include "server/language/jsonpath/evaluator.h"

#include <algorithm>
#include <utility>

#include "server/language/jsonpath/evaluation.h"

// Jayway's path tokens: PropertyPathToken, ArrayIndexToken, ArraySliceToken, WildcardPathToken,
// PredicatePathToken.

namespace segue::language::jsonpath {

const Json* ElementAt(const Json::Array& array, int64_t index) {
  const auto size = std::ssize(array);
  if (index < 0) index += size;
  return index >= 0 && index < size ? &array[static_cast<size_t>(index)] : nullptr;
}

const Json* WalkSimple(const std::vector<Step>& steps, size_t count, const Json& from,
                       size_t* walked) {
  const Json* node = &from;
  size_t i = 0;
  for (; i < count; ++i) {
    const Json* next = nullptr;
    if (const auto* member = std::get_if<MemberStep>(&steps[i])) {
      next = node->Find(member->name);
    } else if (node->is_array()) {
      next = ElementAt(node->array(), std::get<IndexStep>(steps[i]).index);
    }
    if (next == nullptr) break;
    node = next;
  }
  if (walked != nullptr) *walked = i;
  return i == count ? node : nullptr;
}

Answer Evaluate(const Path& path, const Json& document) {
  if (path.simple_count == path.steps.size()) {
    size_t walked = 0;
    const Json* node = WalkSimple(path.steps, path.simple_count, document, &walked);
    if (node != nullptr) return Answer::Value(*node);
    const bool at_last_index =
        walked + 1 == path.steps.size() && std::holds_alternative<IndexStep>(path.steps.back());
    if (!at_last_index) return {};
    const Json* parent = WalkSimple(path.steps, walked, document);
    return {parent->is_array() ? Answer::Kind::kPastEnd : Answer::Kind::kNothing, {}, {}};
  }
  Evaluation evaluation;
  Answer answer;
  const Fault fault = evaluation.Find(path, {document, document}, &answer.value);
  answer.visits = evaluation.visits();
  if (evaluation.exhausted()) {
    answer.kind = Answer::Kind::kTooCostly;
  } else if (fault == Fault::kNone) {
    answer.kind = Answer::Kind::kValue;
  } else if (fault != Fault::kNotFound) {
    answer.kind = Answer::Kind::kFailed;
    answer.why = evaluation.why();
  }
  return answer;
}

// ---- Evaluation

Fault Evaluation::Fail(Fault fault, std::string_view why) {
  why_ = std::string(why);
  return fault;
}

// Of a definite path the last that was found counts: a function's answer stands where the steps
// behind it find nothing.
Fault Evaluation::Find(const Path& path, const From& from, Json* value) {
  Run run{path, from.document, from.members};
  if (const Fault fault = Continue(run, 0, from.node); fault != Fault::kNone) return fault;
  if (!path.definite) {
    *value = Json(std::move(run.found));
    return Fault::kNone;
  }
  if (run.found.empty()) return Fault::kNotFound;
  *value = std::move(run.found.back());
  return Fault::kNone;
}

Fault Evaluation::Continue(Run& run, size_t step, const Json& node) {
  if (--visits_left_ <= 0) return Fault::kOther;
  if (step == run.path.steps.size()) {
    run.found.push_back(node);
    return Fault::kNone;
  }
  const Step& current = run.path.steps[step];
  if (std::holds_alternative<MemberStep>(current)) return TakeMember(run, step, node);
  if (std::holds_alternative<MembersStep>(current)) return TakeMembers(run, step, node);
  if (std::holds_alternative<WildcardStep>(current)) return TakeAll(run, step, node);
  if (std::holds_alternative<FilterStep>(current)) return TakePassing(run, step, node);
  if (std::holds_alternative<ScanStep>(current)) return Scan(run, step, node);
  if (std::holds_alternative<FunctionStep>(current)) return Call(run, step, node);
  return TakeElements(run, step, node);
}

// Something indefinite stands before `step`: what does not fit is left out there.
bool Evaluation::StartsLate(const Run& run, size_t step) const {
  return step > run.path.definite_count;
}

Fault Evaluation::TakeMember(Run& run, size_t step, const Json& node) {
  if (!node.is_object()) return StartsLate(run, step) ? Fault::kNone : Fault::kNotFound;
  return TakeNamed(run, step, std::get<MemberStep>(run.path.steps[step]).name, node);
}

Fault Evaluation::TakeNamed(Run& run, size_t step, const std::string& name, const Json& node) {
  if (const Json* value = node.Find(name)) return TakeFound(run, step, *value);
  if (run.members == Members::kMustExist) return Fault::kNotFound;
  const bool last = step + 1 == run.path.steps.size();
  return last || step >= run.path.definite_count ? Fault::kNone : Fault::kNotFound;
}

// Below `..[2]` only what stands in the element 2 counts (see scan.cc).
Fault Evaluation::TakeFound(Run& run, size_t step, const Json& value) {
  const auto& steps = run.path.steps;
  if (run.path.has_scan && step + 1 == steps.size()) {
    const auto element = element_of_.find(&steps[step]);
    if (element != element_of_.end()) {
      const auto* index = step > 0 ? std::get_if<IndexStep>(&steps[step - 1]) : nullptr;
      if (index == nullptr || index->index != element->second) return Fault::kNone;
    }
  }
  return Continue(run, step + 1, value);
}

Fault Evaluation::TakeMembers(Run& run, size_t step, const Json& node) {
  if (!node.is_object()) return StartsLate(run, step) ? Fault::kNone : Fault::kNotFound;
  const auto& names = std::get<MembersStep>(run.path.steps[step]).names;
  if (step + 1 < run.path.steps.size()) {
    for (const std::string& name : names) {
      if (const Fault fault = TakeNamed(run, step, name, node); fault != Fault::kNone) return fault;
    }
    return Fault::kNone;
  }
  Json::Object merged;
  for (const std::string& name : names) {
    if (const Json* value = node.Find(name)) {
      merged.Set(name, *value);
    } else if (run.members == Members::kMustExist) {
      return Fault::kNotFound;
    }
  }
  return Continue(run, step + 1, Json(std::move(merged)));
}

Fault Evaluation::TakeElements(Run& run, size_t step, const Json& node) {
  if (!node.is_array()) return StartsLate(run, step) ? Fault::kNone : Fault::kNotFound;
  const Json::Array& array = node.array();
  const Step& current = run.path.steps[step];
  if (std::holds_alternative<SliceStep>(current)) return TakeSlice(run, step, array);
  if (const auto* index = std::get_if<IndexStep>(&current)) {
    return TakeElement(run, step, array, index->index);
  }
  for (const int32_t index : std::get<IndicesStep>(current).indices) {
    const Fault fault = TakeElement(run, step, array, index);
    if (fault != Fault::kNone) return fault;
  }
  return Fault::kNone;
}

Fault Evaluation::TakeElement(Run& run, size_t step, const Json::Array& array, int64_t index) {
  const Json* element = ElementAt(array, index);
  if (element == nullptr) return Fault::kNone;
  const Fault fault = Continue(run, step + 1, *element);
  return fault == Fault::kOutOfRange ? Fault::kNone : fault;
}

// Between two bounds, negative ones are not counted from the end but walked through: [-2:2] is the
// last two and the first two.
Fault Evaluation::TakeSlice(Run& run, size_t step, const Json::Array& array) {
  const auto& slice = std::get<SliceStep>(run.path.steps[step]);
  const int64_t size = std::ssize(array);
  int64_t from = 0;
  int64_t to = size;
  if (slice.from && slice.to) {
    from = std::max<int64_t>(*slice.from, -size);
    to = std::min<int64_t>(*slice.to, size);
  } else if (slice.from) {
    from = std::max<int64_t>(*slice.from < 0 ? size + *slice.from : *slice.from, 0);
  } else {
    to = std::min<int64_t>(*slice.to < 0 ? size + *slice.to : *slice.to, size);
  }
  for (int64_t i = from; i < to; ++i) {
    if (const Fault fault = TakeElement(run, step, array, i); fault != Fault::kNone) return fault;
  }
  return Fault::kNone;
}

Fault Evaluation::TakeAll(Run& run, size_t step, const Json& node) {
  if (node.is_object()) {
    for (const auto& member : node.object()) {
      const Fault fault = TakeFound(run, step, member.second);
      if (fault != Fault::kNone) return fault;
    }
  } else if (node.is_array()) {
    for (int64_t i = 0; i < std::ssize(node.array()); ++i) {
      const Fault fault = TakeElement(run, step, node.array(), i);
      const bool left_out = fault == Fault::kNotFound && run.members == Members::kMayLack;
      if (fault != Fault::kNone && !left_out) return fault;
    }
  }
  return Fault::kNone;
}

Fault Evaluation::TakePassing(Run& run, size_t step, const Json& node) {
  const FilterNode& filter = *std::get<FilterStep>(run.path.steps[step]).filter;
  Fault fault = Fault::kNone;
  if (node.is_object()) {
    if (!Accept(filter, {node, run.document, run.members}, &fault)) return fault;
    return Continue(run, step + 1, node);
  }
  if (!node.is_array()) {
    if (StartsLate(run, step)) return Fault::kNone;
    return Fail(Fault::kBadPath, "a filter cannot be applied to what is no object and no array");
  }
  for (int64_t i = 0; i < std::ssize(node.array()); ++i) {
    const Json& element = node.array()[static_cast<size_t>(i)];
    if (Accept(filter, {element, run.document, run.members}, &fault)) {
      fault = TakeElement(run, step, node.array(), i);
    }
    if (fault != Fault::kNone) return fault;
  }
  return Fault::kNone;
}

// A path inside that is bad or finds nothing makes the filter false.
bool Evaluation::Accept(const FilterNode& filter, const From& from, Fault* fault) {
  bool passes = false;
  *fault = Test(filter, from, &passes);
  if (*fault == Fault::kNone) return passes;
  if (*fault == Fault::kNotFound || *fault == Fault::kBadPath) *fault = Fault::kNone;
  return false;
}

}  // namespace segue::language::jsonpath
