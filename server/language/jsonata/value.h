#pragma once

#include <cmath>
#include <cstdint>
#include <string_view>

#include "server/base/check.h"
#include "server/base/json.h"
#include "server/language/jsonata/arena.h"

namespace segue::language::jsonata {

struct Function;
struct List;
struct Object;
struct Member;

// A value while an expression is evaluated: one plain word pair, copied for nothing. What it points
// to is the host's (the input, the bindings), the program's (literals) or the arena's, and outlives
// it. Containers and texts of the host are looked at where they are, never copied.
class Value {
 public:
  enum class Tag : uint8_t {
    kUndefined,
    kNull,
    kBool,
    kNumber,
    kString,
    kArray,
    kObject,
    kFunction,
    // Never seen by an expression:
    kUnbound,   // a variable that has not been bound
    kHole,      // `?` in a partial application
    kTailCall,  // a call that the caller of the function makes in its place
    kFault,     // the evaluation has failed; the evaluator knows why
  };
  enum class Form : uint8_t {
    kOwn,    // in the arena or the program
    kJson,   // a value of the host
    kRange,  // an array of consecutive numbers
    kInt,    // a number beyond 2^53 as the host has it
  };
  // What the reference notes about arrays (and, last, about functions).
  enum Flag : uint8_t {
    kSequence = 1,       // a result of many: one of one is that one
    kKeepSingleton = 2,  // but not here
    kCons = 4,           // made by `[...]` in a path: not flattened
    kOuterWrapper = 8,   // holds the input, which is an array
    kTupleStream = 16,   // holds the tuples of a path with @, # or %
    kBorrowed = 32,      // a function handed over as an argument: it sees no context
  };

  Value() = default;
  static Value Null() { return Value(Tag::kNull); }
  static Value Unbound() { return Value(Tag::kUnbound); }
  static Value Hole() { return Value(Tag::kHole); }
  static Value TailCall() { return Value(Tag::kTailCall); }
  static Value Failed() { return Value(Tag::kFault); }
  static Value Bool(bool value) {  // lint: allow(bool): the value itself
    Value made(Tag::kBool);
    made.bool_ = value;
    return made;
  }
  static Value Number(double value) {
    Value made(Tag::kNumber);
    made.number_ = value;
    return made;
  }
  // `text` must outlive the value.
  static Value Text(std::string_view text) {
    Value made(Tag::kString);
    made.text_ = text.data();
    made.size_ = static_cast<uint32_t>(text.size());
    return made;
  }
  // The first `size` elements of `list`.
  static Value Array(const List* list, size_t size, uint8_t flags) {
    Value made(Tag::kArray);
    made.list_ = list;
    made.size_ = static_cast<uint32_t>(size);
    made.flags_ = flags;
    return made;
  }
  static Value Range(const double* first, size_t size) {
    Value made(Tag::kArray);
    made.form_ = Form::kRange;
    made.first_ = first;
    made.size_ = static_cast<uint32_t>(size);
    made.flags_ = kSequence;
    return made;
  }
  static Value Of(Object* object) {
    Value made(Tag::kObject);
    made.object_ = object;
    return made;
  }
  static Value Of(const Function* function) {
    Value made(Tag::kFunction);
    made.function_ = function;
    return made;
  }
  // `json` must outlive the value, at its place.
  static Value Of(const Json& json);

  Tag tag() const { return tag_; }
  Form form() const { return form_; }
  bool is_undefined() const { return tag_ == Tag::kUndefined; }
  bool is_null() const { return tag_ == Tag::kNull; }
  bool is_bool() const { return tag_ == Tag::kBool; }
  bool is_number() const { return tag_ == Tag::kNumber; }
  bool is_string() const { return tag_ == Tag::kString; }
  bool is_array() const { return tag_ == Tag::kArray; }
  bool is_object() const { return tag_ == Tag::kObject; }
  bool is_function() const { return tag_ == Tag::kFunction; }
  bool is_unbound() const { return tag_ == Tag::kUnbound; }
  bool is_hole() const { return tag_ == Tag::kHole; }
  bool is_tail_call() const { return tag_ == Tag::kTailCall; }
  bool failed() const { return tag_ == Tag::kFault; }

  uint8_t flags() const { return flags_; }
  bool Has(Flag flag) const { return (flags_ & flag) != 0; }
  bool is_sequence() const { return is_array() && Has(kSequence); }
  Value With(Flag flag) const {
    Value made = *this;
    made.flags_ |= flag;
    return made;
  }
  Value WithFlags(uint8_t flags) const {
    Value made = *this;
    made.flags_ = flags;
    return made;
  }

  // Each requires the tag that it names.
  bool bool_value() const { return bool_; }
  double number() const { return form_ == Form::kInt ? static_cast<double>(int_) : number_; }
  int64_t big_integer() const { return int_; }  // form kInt
  std::string_view text() const {
    return form_ == Form::kJson ? std::string_view(json_->string())
                                : std::string_view(text_, size_);
  }
  size_t size() const { return size_; }       // of an array
  Value At(size_t index) const;               // of an array; index < size()
  Object* object() const { return object_; }  // form kOwn
  const List* list() const { return list_; }  // form kOwn
  double range_first() const { return *first_; }
  const Json& json() const { return *json_; }  // form kJson
  const Function* function() const { return function_; }

  // The member of an object; undefined where there is none.
  Value Find(std::string_view name) const;
  size_t MemberCount() const;

 private:
  explicit Value(Tag tag) : tag_(tag) {}

  Tag tag_ = Tag::kUndefined;
  Form form_ = Form::kOwn;
  uint8_t flags_ = 0;
  uint32_t size_ = 0;
  union {
    bool bool_;
    double number_;
    int64_t int_;
    const char* text_;
    const double* first_;
    const List* list_;
    Object* object_;
    const Json* json_;
    const Function* function_ = nullptr;
  };
};
static_assert(sizeof(Value) == 16);

// Elements in the arena. Several arrays may be the beginnings of one list: adding to the longest
// of them takes the next free place, the others do not see it.
struct List {
  Value* elements = nullptr;
  uint32_t used = 0;
  uint32_t capacity = 0;
};

struct Member {
  std::string_view name;
  Value value;
  uint32_t variable = 0;  // in a tuple: the name's number
};

// Members in the order in which they were set.
struct Object {
  Member* members = nullptr;
  uint32_t size = 0;
  uint32_t capacity = 0;
  uint32_t* slots = nullptr;  // open addressing: 1 + position; 0: free. Null for few members
  uint32_t slot_count = 0;

  Member* Find(std::string_view name) const;
  // In place where it is there, else at the end.
  void Set(std::string_view name, Value value, Arena* arena);
  // At the end; `name` must not be there. Finds are slow until IndexMembers.
  Member* Add(std::string_view name, Value value, Arena* arena);
  void Erase(std::string_view name);
  void IndexMembers(Arena* arena);

 private:
  void Insert(uint32_t position);
};

Object* NewObject(Arena* arena, size_t capacity);
Value ListOf(Arena* arena, const Value* elements, size_t count, uint8_t flags);
// `list` and then `more`, in the place of `list` where it can be.
Value Appended(Arena* arena, Value list, const Value* more, size_t count, uint8_t flags);

// Calls f(name, value) for each member of an object, in order; stops where f gives false.
template <typename F>
void ForEachMember(Value object, F f) {
  if (object.form() == Value::Form::kJson) {
    for (const auto& [name, value] : object.json().object()) {
      if (!f(std::string_view(name), Value::Of(value))) return;
    }
    return;
  }
  const Object& own = *object.object();
  for (uint32_t i = 0; i < own.size; ++i) {
    if (!f(own.members[i].name, own.members[i].value)) return;
  }
}

// --- Inline parts

inline Value Value::Of(const Json& json) {
  Value made;
  switch (json.kind()) {
    case Json::Kind::kNull:
      return Null();
    case Json::Kind::kBool:
      return Bool(json.bool_value());
    case Json::Kind::kInt: {
      const int64_t number = json.int_value();
      constexpr int64_t kExact = int64_t{1} << 53;
      if (number >= -kExact && number <= kExact) return Number(static_cast<double>(number));
      made.tag_ = Tag::kNumber;
      made.form_ = Form::kInt;
      made.int_ = number;
      return made;
    }
    case Json::Kind::kDouble:
      return Number(json.number());
    case Json::Kind::kString:
      made.tag_ = Tag::kString;
      break;
    case Json::Kind::kArray:
      made.tag_ = Tag::kArray;
      made.size_ = static_cast<uint32_t>(json.array().size());
      break;
    case Json::Kind::kObject:
      made.tag_ = Tag::kObject;
      break;
  }
  made.form_ = Form::kJson;
  made.json_ = &json;
  return made;
}

inline Value Value::At(size_t index) const {
  switch (form_) {
    case Form::kJson:
      return Of(json_->array()[index]);
    case Form::kRange:
      return Number(*first_ + static_cast<double>(index));
    case Form::kOwn:
    case Form::kInt:
      break;
  }
  return list_->elements[index];
}

inline Value Value::Find(std::string_view name) const {
  if (form_ == Form::kJson) {
    const Json* found = json_->Find(name);
    return found == nullptr ? Value() : Of(*found);
  }
  const Member* found = object_->Find(name);
  return found == nullptr ? Value() : found->value;
}

inline size_t Value::MemberCount() const {
  return form_ == Form::kJson ? json_->object().size() : object_->size;
}

}  // namespace segue::language::jsonata
