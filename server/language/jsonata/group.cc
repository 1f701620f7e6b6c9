#include <algorithm>

#include "absl/container/flat_hash_map.h"
#include "server/language/jsonata/evaluator.h"

namespace segue::language::jsonata {

// What has been gathered by key, in the order of the keys' first appearance.
struct Evaluator::Groups {
  struct Group {
    std::string_view key;
    Value data;
    size_t pair;  // of the constructor
  };
  std::vector<Group> groups;
  absl::flat_hash_map<std::string_view, size_t> by_key;
};

Value Evaluator::EvalGroup(const Node& node, Value input, Frame* frame) {
  const bool stream = input.is_array() && input.Has(Value::kTupleStream);
  if (!input.is_array()) return EvalSingleObject(node, input, frame);
  if (input.size() == 0) return EvalSingleObject(node, Value(), frame);
  Groups groups;
  for (size_t i = 0; i < input.size(); ++i) {
    const Value item = input.At(i);
    Frame* scope = stream ? FrameOf(item, frame) : frame;
    if (!GroupItem(node, item, scope, &groups)) return Value::Failed();
  }
  Object* object = NewObject(&arena_, groups.groups.size());
  for (const Groups::Group& group : groups.groups) {
    Value context = group.data;
    Frame* scope = frame;
    if (stream) {
      const Value tuple = MergeTuples(group.data);
      if (tuple.failed()) return tuple;
      context = tuple.Find("@");
      scope = FrameOf(tuple, frame);
    }
    const Value value = Eval(*node.pairs[group.pair].second, context, scope);
    if (value.failed()) return value;
    if (!value.is_undefined()) object->Add(group.key, value, &arena_);
  }
  return Value::Of(object);
}

// Adds `item` to the groups that its keys name.
bool Evaluator::GroupItem(const Node& node, Value item, Frame* frame, Groups* groups) {
  const bool tuple = frame != nullptr && frame->tuple.is_object() && item.is_object() &&
                     item.form() == Value::Form::kOwn && frame->tuple.object() == item.object();
  const Value context = tuple ? item.Find("@") : item;
  for (size_t pair = 0; pair < node.pairs.size(); ++pair) {
    const Value key = Eval(*node.pairs[pair].first, context, frame);
    if (key.failed()) return false;
    if (key.is_undefined()) continue;
    if (!key.is_string()) {
      Fail({.code = "T1003", .position = node.position, .value = key});
      return false;
    }
    const auto [entry, added] = groups->by_key.try_emplace(key.text(), groups->groups.size());
    if (added) {
      groups->groups.push_back({key.text(), item, pair});
      continue;
    }
    Groups::Group& group = groups->groups[entry->second];
    if (group.pair != pair) {
      Fail({.code = "D1009", .position = node.position, .value = key});
      return false;
    }
    group.data = AppendValues(this, group.data, item);
    if (group.data.failed()) return false;
  }
  return true;
}

// An object of one value: no groups.
Value Evaluator::EvalSingleObject(const Node& node, Value item, Frame* frame) {
  Object* object = NewObject(&arena_, node.pairs.size());
  // The keys come first, as they do where there are groups.
  for (const auto& [name, expression] : node.pairs) {
    const Value key = Eval(*name, item, frame);
    if (key.failed()) return key;
    if (key.is_undefined()) {
      object->Add("", Value::Unbound(), &arena_);
      continue;
    }
    if (!key.is_string()) return Fail({.code = "T1003", .position = node.position, .value = key});
    for (uint32_t i = 0; i < object->size; ++i) {
      if (object->members[i].name != key.text() || object->members[i].value.is_unbound()) continue;
      return Fail({.code = "D1009", .position = node.position, .value = key});
    }
    object->Add(key.text(), Value(), &arena_);
  }
  uint32_t kept = 0;
  for (uint32_t i = 0; i < object->size; ++i) {
    if (object->members[i].value.is_unbound()) continue;
    const Value value = Eval(*node.pairs[i].second, item, frame);
    if (value.failed()) return value;
    if (value.is_undefined()) continue;
    object->members[kept] = {object->members[i].name, value, 0};
    ++kept;
  }
  if (kept != object->size) {
    object->size = kept;
    object->slots = nullptr;
    object->IndexMembers(&arena_);
  }
  return Value::Of(object);
}

// One tuple whose entries hold what all have.
Value Evaluator::MergeTuples(Value tuples) {
  if (!tuples.is_array()) return tuples;
  Object* merged = CopyOfTuple(tuples.At(0));
  for (size_t i = 1; i < tuples.size(); ++i) {
    const Object& tuple = *tuples.At(i).object();
    for (uint32_t m = 0; m < tuple.size; ++m) {
      const Member& member = tuple.members[m];
      const Member* there = merged->Find(member.name);
      const Value value =
          AppendValues(this, there == nullptr ? Value() : there->value, member.value);
      if (value.failed()) return value;
      merged->Set(member.name, value, &arena_);
      merged->Find(member.name)->variable = member.variable;
    }
  }
  return Value::Of(merged);
}

}  // namespace segue::language::jsonata
