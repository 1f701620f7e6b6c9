#include <utility>

#include "server/language/jsonpath/compare.h"
#include "server/language/jsonpath/evaluation.h"

// Jayway's LogicalExpressionNode, RelationalExpressionNode and PathNode.

namespace segue::language::jsonpath {
namespace {

// Java's set of keys is no list, and nothing that a comparison knows.
bool EndsInKeys(const Path& path) {
  return path.is_call && std::get<FunctionStep>(path.steps.back()).function == Function::kKeys;
}

}  // namespace

Fault Evaluation::Test(const FilterNode& filter, const From& from, bool* passes) {
  *passes = false;
  if (--visits_left_ <= 0) return Fault::kOther;
  switch (filter.kind) {
    case FilterNode::Kind::kAnd:
    case FilterNode::Kind::kOr: {
      const bool decisive = filter.kind == FilterNode::Kind::kOr;
      for (const FilterPtr& child : filter.children) {
        const Fault fault = Test(*child, from, passes);
        if (fault != Fault::kNone || *passes == decisive) return fault;
      }
      return Fault::kNone;
    }
    case FilterNode::Kind::kNot: {
      const Fault fault = Test(*filter.children.front(), from, passes);
      *passes = !*passes;
      return fault;
    }
    case FilterNode::Kind::kExists:
      return Exists(*filter.left.path, from, passes);
    case FilterNode::Kind::kAbsent: {
      const Fault fault = Exists(*filter.left.path, from, passes);
      *passes = !*passes;
      return fault;
    }
    case FilterNode::Kind::kCompare:
      return Compare(filter, from, passes);
  }
  return Fault::kNone;
}

// An indefinite path exists where all members that it names do, whether or not it finds anything.
// It begins at the element also where it is written with `$`.
Fault Evaluation::Exists(const Path& path, const From& from, bool* exists) {
  if (path.simple_count == path.steps.size()) {
    *exists = WalkSimple(path.steps, path.simple_count, from.node) != nullptr;
    return Fault::kNone;
  }
  Json value;
  const Fault fault = Find(path, {from.node, from.document, Members::kMustExist}, &value);
  *exists = fault == Fault::kNone;
  return fault == Fault::kNotFound ? Fault::kNone : fault;
}

Fault Evaluation::Compare(const FilterNode& comparison, const From& from, bool* passes) {
  Term sides[2];
  const Operand* const written[] = {&comparison.left, &comparison.right};
  for (int i = 0; i < 2; ++i) {
    const Operand& operand = *written[i];
    if (operand.kind != Operand::Kind::kPath) {
      sides[i] = TermOf(operand);
      continue;
    }
    const Path& path = *operand.path;
    const Json& start = path.root == Path::Root::kCurrent ? from.node : from.document;
    if (path.simple_count == path.steps.size()) {
      const Json* value = WalkSimple(path.steps, path.simple_count, start);
      if (value != nullptr) sides[i] = TermOf(*value);
      continue;
    }
    Json value;
    const Fault fault = Find(path, {start, from.document, from.members}, &value);
    if (fault == Fault::kNotFound) continue;
    if (fault != Fault::kNone) return fault;
    if (value.is_array() && EndsInKeys(path))
      return Fail(Fault::kOther, "a set of keys is no list");
    sides[i] = TermOf(value);
    sides[i].owned = std::move(value);
    sides[i].value = &*sides[i].owned;
  }
  const Fault fault = CompareTerms(comparison.op, sides[0], sides[1], passes);
  if (fault == Fault::kOther) return Fail(fault, "the operator cannot compare these values");
  return fault;
}

}  // namespace segue::language::jsonpath
