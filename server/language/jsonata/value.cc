#include "server/language/jsonata/value.h"

#include <algorithm>
#include <cstring>
#include <functional>

namespace segue::language::jsonata {
namespace {

constexpr uint32_t kIndexFrom = 12;  // from this size on, found by hash

size_t HashOf(std::string_view name) { return std::hash<std::string_view>()(name); }

}  // namespace

Member* Object::Find(std::string_view name) const {
  if (slots == nullptr) {
    for (uint32_t i = 0; i < size; ++i) {
      if (members[i].name == name) return &members[i];
    }
    return nullptr;
  }
  for (size_t slot = HashOf(name);; ++slot) {
    const uint32_t entry = slots[slot & (slot_count - 1)];
    if (entry == 0) return nullptr;
    if (members[entry - 1].name == name) return &members[entry - 1];
  }
}

void Object::Insert(uint32_t position) {
  size_t slot = HashOf(members[position].name);
  while (slots[slot & (slot_count - 1)] != 0) ++slot;
  slots[slot & (slot_count - 1)] = position + 1;
}

void Object::IndexMembers(Arena* arena) {
  if (size < kIndexFrom) return;
  slot_count = 32;
  while (slot_count < size * 3) slot_count *= 2;
  slots = arena->NewArray<uint32_t>(slot_count);
  std::memset(slots, 0, slot_count * sizeof(uint32_t));
  for (uint32_t i = 0; i < size; ++i) Insert(i);
}

Member* Object::Add(std::string_view name, Value value, Arena* arena) {
  if (size == capacity) {
    capacity = std::max<uint32_t>(4, capacity * 2);
    Member* grown = arena->NewArray<Member>(capacity);
    if (size > 0) std::memcpy(static_cast<void*>(grown), members, size * sizeof(Member));
    members = grown;
  }
  members[size] = Member{name, value, 0};
  ++size;
  if (slots == nullptr) {
    IndexMembers(arena);
  } else if (size * 2 > slot_count) {
    IndexMembers(arena);
  } else {
    Insert(size - 1);
  }
  return &members[size - 1];
}

void Object::Set(std::string_view name, Value value, Arena* arena) {
  if (Member* found = Find(name); found != nullptr) {
    found->value = value;
  } else {
    Add(name, value, arena);
  }
}

void Object::Erase(std::string_view name) {
  Member* found = Find(name);
  if (found == nullptr) return;
  std::copy(found + 1, members + size, found);
  --size;
  if (slots == nullptr) return;
  std::memset(slots, 0, slot_count * sizeof(uint32_t));
  for (uint32_t i = 0; i < size; ++i) Insert(i);
}

Object* NewObject(Arena* arena, size_t capacity) {
  Object* object = arena->New<Object>();
  object->capacity = static_cast<uint32_t>(capacity);
  if (capacity > 0) object->members = arena->NewArray<Member>(capacity);
  return object;
}

Value ListOf(Arena* arena, const Value* elements, size_t count, uint8_t flags) {
  List* list = arena->New<List>();
  list->used = list->capacity = static_cast<uint32_t>(count);
  list->elements = arena->NewArray<Value>(count);
  std::copy(elements, elements + count, list->elements);
  return Value::Array(list, count, flags);
}

Value Appended(Arena* arena, Value list, const Value* more, size_t count, uint8_t flags) {
  const size_t size = list.size();
  const size_t total = size + count;
  if (list.form() == Value::Form::kOwn) {
    // The arena's own lists are const to values only, so that nothing else changes them.
    List* own = const_cast<List*>(list.list());
    if (own->used == size && total <= own->capacity) {
      std::copy(more, more + count, own->elements + size);
      own->used = static_cast<uint32_t>(total);
      return Value::Array(own, total, flags);
    }
  }
  const size_t capacity = total + total / 2;
  if (!arena->Fits(capacity * sizeof(Value))) return Value::Failed();
  List* made = arena->New<List>();
  made->elements = arena->NewArray<Value>(capacity);
  made->capacity = static_cast<uint32_t>(capacity);
  made->used = static_cast<uint32_t>(total);
  for (size_t i = 0; i < size; ++i) made->elements[i] = list.At(i);
  std::copy(more, more + count, made->elements + size);
  return Value::Array(made, total, flags);
}

}  // namespace segue::language::jsonata
