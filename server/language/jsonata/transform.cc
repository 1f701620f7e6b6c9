#include "server/language/jsonata/evaluator.h"

namespace segue::language::jsonata {
namespace {

// The arena's own objects alone are changed: those that the copy holds.
Object* Changeable(Value match) {
  const bool own = match.is_object() && match.form() == Value::Form::kOwn;
  return own ? match.object() : nullptr;
}

}  // namespace

// A function: takes `<(oa):o>`, gives a copy with what `pattern` matches changed.
Value Evaluator::MakeTransform(const Node& node, Frame* frame) {
  return Value::Of(arena_.New<Function>(
      Function{.kind = Function::Kind::kTransform,
               .node = &node,
               .signature = FindBuiltin("clone", Library::kReference)->signature,
               .frame = frame}));
}

Value Evaluator::ApplyTransform(const Function& transform, Value input) {
  if (input.is_undefined()) return input;
  const Node& node = *transform.node;
  const Value clone = LookUp(unit_.clone_name, transform.frame);
  if (!clone.is_function()) return Fail({.code = "T2013", .position = node.position});
  const Value copy = Apply(clone, std::span(&input, 1), Value::Null());
  if (copy.failed()) return copy;
  const Value matches = Eval(*node.first, copy, transform.frame);
  if (matches.failed()) return matches;
  if (matches.is_undefined()) return copy;
  const size_t count = matches.is_array() ? matches.size() : 1;
  for (size_t i = 0; i < count; ++i) {
    const Value match = matches.is_array() ? matches.At(i) : matches;
    if (!UpdateMatch(node, match, transform.frame) ||
        !DeleteFromMatch(node, match, transform.frame)) {
      return Value::Failed();
    }
  }
  return copy;
}

bool Evaluator::UpdateMatch(const Node& node, Value match, Frame* frame) {
  const Value update = Eval(*node.second, match, frame);
  if (update.failed()) return false;
  if (update.is_undefined()) return true;
  if (!update.is_object()) {
    Fail({.code = "T2011", .position = node.second->position, .value = update});
    return false;
  }
  if (Object* object = Changeable(match); object != nullptr) {
    ForEachMember(update, [&](std::string_view name, Value value) {
      object->Set(name, value, &arena_);
      return true;
    });
  }
  return true;
}

bool Evaluator::DeleteFromMatch(const Node& node, Value match, Frame* frame) {
  if (node.third == nullptr) return true;
  const Value names = Eval(*node.third, match, frame);
  if (names.failed()) return false;
  if (names.is_undefined()) return true;
  const size_t count = names.is_array() ? names.size() : 1;
  const auto name_at = [&](size_t i) { return names.is_array() ? names.At(i) : names; };
  for (size_t i = 0; i < count; ++i) {
    if (name_at(i).is_string()) continue;
    Fail({.code = "T2012", .position = node.third->position, .value = names});
    return false;
  }
  Object* object = Changeable(match);
  for (size_t i = 0; object != nullptr && i < count; ++i) object->Erase(name_at(i).text());
  return true;
}

}  // namespace segue::language::jsonata
