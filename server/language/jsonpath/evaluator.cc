#include "server/language/jsonpath/evaluator.h"

#include <algorithm>
#include <utility>

#include "server/language/jsonpath/evaluation.h"
#include "server/language/text.h"

namespace segue::language::jsonpath {
namespace {

constexpr int kScanDepthMax = 256;

bool IsContainer(const Json& node) { return node.is_array() || node.is_object(); }

// Whether a step that follows only definite ones can be applied at all: where not, Jayway says that
// the path is not found instead of answering with an empty array.
bool Applies(const Step& step, const Json& node) {
  if (std::holds_alternative<IndicesStep>(step) || std::holds_alternative<SliceStep>(step)) {
    return node.is_array();
  }
  if (std::holds_alternative<MembersStep>(step)) return node.is_object();
  if (std::holds_alternative<FilterStep>(step)) return IsContainer(node);
  return true;
}

size_t NextFunction(const Path& path, size_t step) {
  while (step < path.steps.size() && !std::holds_alternative<FunctionStep>(path.steps[step])) {
    ++step;
  }
  return step;
}

// `path` up to `end`, without the functions that may follow: what Collect stops at.
bool IsDefinite(const Path& path, size_t first, size_t end) {
  for (size_t i = first; i < end; ++i) {
    const Step& step = path.steps[i];
    const bool last_members = i + 1 == end && std::holds_alternative<MembersStep>(step);
    if (!std::holds_alternative<MemberStep>(step) && !std::holds_alternative<IndexStep>(step) &&
        !last_members) {
      return false;
    }
  }
  return true;
}

std::string Written(const Step& step) {
  if (const auto* member = std::get_if<MemberStep>(&step)) return Concat("['", member->name, "']");
  if (const auto* index = std::get_if<IndexStep>(&step)) {
    return Concat("[", std::to_string(index->index), "]");
  }
  return "[...]";
}

}  // namespace

const Json* ElementAt(const Json::Array& array, int64_t index) {
  const auto size = static_cast<int64_t>(array.size());
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
    return {parent->is_array() ? Answer::Kind::kPastEnd : Answer::Kind::kNothing, {}};
  }
  Evaluation evaluation(document);
  Answer answer = evaluation.Run(path, document);
  if (evaluation.exhausted()) return {Answer::Kind::kTooCostly, {}};
  return answer;
}

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

// ---- Evaluation

Answer Evaluation::Run(const Path& path, const Json& from) {
  const Json* node = WalkSimple(path.steps, path.simple_count, from);
  if (node == nullptr) return {};
  return RunFrom(path, path.simple_count, *node);
}

// `step` is where the path has come to; everything before it was definite.
Answer Evaluation::RunFrom(const Path& path, size_t step, const Json& node) {
  if (step == path.steps.size()) return Answer::Value(node);
  if (!Applies(path.steps[step], node)) return {};
  const size_t function = NextFunction(path, step);
  Answer answer;
  if (function == step) {
    answer = Answer::Value(node);
  } else {
    Json::Array found;
    Collect(path, step, node, &found);
    if (!IsDefinite(path, step, function)) {
      answer = Answer::Value(Json(std::move(found)));
    } else if (!found.empty()) {
      answer = Answer::Value(std::move(found.front()));
    }
  }
  if (function == path.steps.size() || answer.kind != Answer::Kind::kValue) return answer;
  return RunFunction(path, function, answer);
}

Answer Evaluation::RunFunction(const Path& path, size_t step, const Answer& before) {
  const auto& call = std::get<FunctionStep>(path.steps[step]);
  Json::Array operands;
  for (const FunctionArgument& argument : call.arguments) {
    if (const Json* literal = std::get_if<Json>(&argument)) {
      operands.push_back(*literal);
      continue;
    }
    const Path& inner = *std::get<PathPtr>(argument);
    Answer found = Run(inner, inner.root == Path::Root::kCurrent ? before.value : document_);
    if (found.kind != Answer::Kind::kValue) return {};
    if (found.value.is_array()) {
      operands.insert(operands.end(), found.value.array().begin(), found.value.array().end());
    } else {
      operands.push_back(std::move(found.value));
    }
  }
  Answer answer = CallFunction(call.function, before.value, operands);
  if (answer.kind != Answer::Kind::kValue) return answer;
  return RunFrom(path, step + 1, answer.value);
}

void Evaluation::Collect(const Path& path, size_t step, const Json& node, Json::Array* found) {
  if (--visits_left_ <= 0) return;
  if (step == path.steps.size() || std::holds_alternative<FunctionStep>(path.steps[step])) {
    found->push_back(node);
    return;
  }
  const Step& current = path.steps[step];
  if (const auto* member = std::get_if<MemberStep>(&current)) {
    if (const Json* value = node.Find(member->name)) Collect(path, step + 1, *value, found);
  } else if (const auto* index = std::get_if<IndexStep>(&current)) {
    if (!node.is_array()) return;
    if (const Json* value = ElementAt(node.array(), index->index)) {
      Collect(path, step + 1, *value, found);
    }
  } else if (const auto* indices = std::get_if<IndicesStep>(&current)) {
    if (!node.is_array()) return;
    for (const int64_t each : indices->indices) {
      if (const Json* value = ElementAt(node.array(), each)) Collect(path, step + 1, *value, found);
    }
  } else if (std::holds_alternative<WildcardStep>(current)) {
    CollectAll(path, step, node, found);
  } else if (std::holds_alternative<MembersStep>(current)) {
    CollectMembers(path, step, node, found);
  } else if (std::holds_alternative<SliceStep>(current)) {
    CollectSlice(path, step, node, found);
  } else if (std::holds_alternative<FilterStep>(current)) {
    CollectPassing(path, step, node, found);
  } else {
    Scan(path, step + 1, node, 0, found);
  }
}

void Evaluation::CollectAll(const Path& path, size_t step, const Json& node, Json::Array* found) {
  if (node.is_array()) {
    for (const Json& value : node.array()) Collect(path, step + 1, value, found);
  } else if (node.is_object()) {
    for (const auto& member : node.object()) Collect(path, step + 1, member.second, found);
  }
}

void Evaluation::CollectMembers(const Path& path, size_t step, const Json& node,
                                Json::Array* found) {
  if (!node.is_object()) return;
  const auto& names = std::get<MembersStep>(path.steps[step]).names;
  const bool last = step + 1 == NextFunction(path, step);
  Json::Object merged;
  for (const std::string& name : names) {
    const Json* value = node.Find(name);
    if (value == nullptr) continue;
    if (last) {
      merged.Set(name, *value);
    } else {
      Collect(path, step + 1, *value, found);
    }
  }
  if (last) found->push_back(Json(std::move(merged)));
}

void Evaluation::CollectSlice(const Path& path, size_t step, const Json& node, Json::Array* found) {
  if (!node.is_array()) return;
  const auto& slice = std::get<SliceStep>(path.steps[step]);
  const auto size = static_cast<int64_t>(node.array().size());
  const auto clamp = [size](int64_t bound) {
    return std::clamp<int64_t>(bound < 0 ? bound + size : bound, 0, size);
  };
  const int64_t from = clamp(slice.from.value_or(0));
  const int64_t to = clamp(slice.to.value_or(size));
  for (int64_t i = from; i < to; ++i) {
    Collect(path, step + 1, node.array()[static_cast<size_t>(i)], found);
  }
}

void Evaluation::CollectPassing(const Path& path, size_t step, const Json& node,
                                Json::Array* found) {
  const FilterNode& filter = *std::get<FilterStep>(path.steps[step]).filter;
  if (node.is_object()) {
    if (Test(filter, node)) Collect(path, step + 1, node, found);
  } else if (node.is_array()) {
    for (const Json& value : node.array()) {
      if (Test(filter, value)) Collect(path, step + 1, value, found);
    }
  }
}

// The node first, then what is below it, in order: Jayway's ScanPathToken.
void Evaluation::Scan(const Path& path, size_t step, const Json& node, int depth,
                      Json::Array* found) {
  if (!IsContainer(node)) return;
  if (depth > kScanDepthMax) visits_left_ = 0;
  if (--visits_left_ <= 0) return;
  TryAt(path, step, node, found);
  if (node.is_array()) {
    for (const Json& value : node.array()) Scan(path, step, value, depth + 1, found);
  } else {
    for (const auto& member : node.object()) Scan(path, step, member.second, depth + 1, found);
  }
}

void Evaluation::TryAt(const Path& path, size_t step, const Json& node, Json::Array* found) {
  const Step& current = path.steps[step];
  if (const auto* members = std::get_if<MembersStep>(&current)) {
    // Only where all of them are there.
    for (const std::string& name : members->names) {
      if (node.Find(name) == nullptr) return;
    }
  } else if (const auto* filter = std::get_if<FilterStep>(&current); filter && node.is_array()) {
    // Elements that are containers are visited themselves.
    for (const Json& value : node.array()) {
      if (!IsContainer(value) && Test(*filter->filter, value)) {
        Collect(path, step + 1, value, found);
      }
    }
    return;
  }
  Collect(path, step, node, found);
}

}  // namespace segue::language::jsonpath
