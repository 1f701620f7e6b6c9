#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <iosfwd>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "absl/status/statusor.h"

namespace segue {

// An immutable JSON value. Copies share the tree below them (a reference count, no copy), so that a
// state's input can become its output, its history event and its neighbour's input for nothing.
// "Changing" a value makes a new one that shares all that is unchanged.
//
// Object members keep the order in which they were first set. Numbers are int64 where the text was
// an integer that fits, double otherwise; 1.0 stays a double and prints as 1.0.
//
// Threads: values may be shared between threads. Text is UTF-8.
class Json {
 public:
  enum class Kind { kNull, kBool, kInt, kDouble, kString, kArray, kObject };
  using Member = std::pair<std::string, Json>;
  using Array = std::vector<Json>;
  class Object;  // Members in order, found by name; see below.

  Json() = default;  // null
  Json(std::nullptr_t) {}
  static Json Bool(bool value);  // lint: allow(bool): the value itself
  // Json(true) would be the number 1; a pointer would be a bool. Say Json::Bool.
  template <std::same_as<bool> T>
  Json(T) = delete;
  Json(int value) : value_(int64_t{value}) {}
  Json(int64_t value) : value_(value) {}
  Json(double value) : value_(value) {}
  Json(std::string value);
  Json(std::string_view value) : Json(std::string(value)) {}
  Json(const char* value) : Json(std::string(value)) {}
  Json(Array values);
  Json(Object members);
  // Json::Of({{"a", 1}, {"b", "x"}}): an object.
  static Json Of(std::initializer_list<Member> members);
  static Json List(std::initializer_list<Json> values);

  // Parses one JSON text (RFC 8259; nothing but white space may follow; a repeated member name
  // keeps the last value). InvalidArgument names the fault with its line and column. `depth_max`
  // bounds nesting.
  static absl::StatusOr<Json> Parse(std::string_view text, int depth_max = 128);

  Kind kind() const { return static_cast<Kind>(value_.index()); }
  bool is_null() const { return kind() == Kind::kNull; }
  bool is_bool() const { return kind() == Kind::kBool; }
  bool is_int() const { return kind() == Kind::kInt; }
  bool is_double() const { return kind() == Kind::kDouble; }
  bool is_number() const { return is_int() || is_double(); }
  bool is_string() const { return kind() == Kind::kString; }
  bool is_array() const { return kind() == Kind::kArray; }
  bool is_object() const { return kind() == Kind::kObject; }

  // Each requires the kind it names (SEGUE_CHECK).
  bool bool_value() const;
  int64_t int_value() const;
  double number() const;  // of an int or a double
  const std::string& string() const;
  const Array& array() const;
  const Object& object() const;

  // The member of an object; nullptr where this is no object or has no such member.
  const Json* Find(std::string_view name) const;
  // Find(name), where it is a string.
  const std::string* FindString(std::string_view name) const;

  // A copy of this object with `name` set to `value` (in place if there, else at the end). A value
  // that is no object counts as {}.
  Json With(std::string_view name, Json value) const;

  // Compact text, as AWS writes it: no spaces, members in order, non-ASCII as it is.
  std::string Dump() const;
  void DumpTo(std::string* out) const;
  // Indented by two spaces.
  std::string DumpPretty() const;

  // Whether containers are nested deeper than `depth_max` (a scalar is 0 deep, [] is 1). Stops at
  // that depth. What is deeper than Parse's own limit could be written but not read again.
  bool DeeperThan(int depth_max) const;

  // Deep equality; 1 == 1.0; the order of members does not count.
  friend bool operator==(const Json& a, const Json& b);
  // Compact text, for test messages.
  friend void PrintTo(const Json& value, std::ostream* out);

 private:
  template <typename T>
  using Shared = std::shared_ptr<const T>;
  std::variant<std::monostate, bool, int64_t, double, Shared<std::string>, Shared<Array>,
               Shared<Object>>
      value_;
};

class Json::Object {
 public:
  Object() = default;
  // Later members win over earlier ones of the same name.
  explicit Object(std::vector<Member> members);

  const std::vector<Member>& members() const { return members_; }
  size_t size() const { return members_.size(); }
  bool empty() const { return members_.empty(); }
  auto begin() const { return members_.begin(); }
  auto end() const { return members_.end(); }

  const Json* Find(std::string_view name) const;
  void Set(std::string_view name, Json value);
  // The value of the member at `position` in members().
  void SetAt(size_t position, Json value) { members_[position].second = std::move(value); }
  void Erase(std::string_view name);

 private:
  static constexpr size_t kIndexFrom = 16;  // from this size on, found by hash
  static constexpr size_t kNone = ~size_t{0};

  size_t Position(std::string_view name) const;
  size_t SlotOf(std::string_view name) const;
  void IndexMember(size_t position);
  bool HasRepeated() const;
  void KeepLastOfRepeated();
  void Reindex();

  std::vector<Member> members_;
  // Open addressing, a power of two in size, at most half full: 1 + the position of a member, 0
  // where free. Empty for small objects. Holds positions, so that it stays true when the object is
  // copied.
  std::vector<uint32_t> slots_;
};

// Text of a double as AWS (Java) writes it: shortest that reads back, "1.0" for 1, "1.0E10" for
// 1e10.
std::string FormatDouble(double value);

}  // namespace segue
