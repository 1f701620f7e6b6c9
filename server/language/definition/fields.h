#pragma once

#include <cstdint>
#include <initializer_list>
#include <limits>
#include <optional>
#include <string_view>
#include <vector>

#include "server/language/definition/faults.h"
#include "server/language/document.h"
#include "server/language/workflow.h"

namespace segue::language {

// The largest number of seconds, attempts and their like that AWS takes.
inline constexpr int64_t kSecondsMax = 99'999'999;

struct IntegerRange {
  int64_t min = 0;
  int64_t max = std::numeric_limits<int64_t>::max();
};

// Reads the members of one object of a definition. Each accessor reports a member of the wrong type
// or range; those that nobody asked for are reported by Finish(): a field is known exactly where it
// is read. Borrows the object and the faults.
class Fields {
 public:
  // `object` may be of any type; one that is no object is a fault, and has no members.
  Fields(const Node& object, Faults* faults);

  const Node& object() const { return object_; }
  Faults& faults() { return *faults_; }

  bool Has(std::string_view name) const { return object_.Find(name) != nullptr; }
  // The member, whatever it is; nullptr where it is absent.
  const Node* Take(std::string_view name);

  // Each: nothing where the member is absent or faulty.
  const Node* String(std::string_view name);
  const Node* Object(std::string_view name);
  const Node* Array(std::string_view name);
  const Node* NonEmptyArray(std::string_view name);
  std::optional<int64_t> Integer(std::string_view name, IntegerRange range);
  // A string that must be one of `options`.
  std::optional<std::string_view> Enum(std::string_view name,
                                       std::initializer_list<std::string_view> options);

  // A fault that lists those of `names` that are absent. False where any is.
  bool Require(std::initializer_list<std::string_view> names);
  // A fault where more than one of `names` is there.
  void AtMostOneOf(std::initializer_list<std::string_view> names);

  // Faults for the members that nobody took, Comment aside.
  void Finish(QueryLanguage language);

 private:
  const Node& object_;
  Faults* const faults_;
  std::vector<const Node*> taken_;
};

// `value` as an integer in `range`; else a fault.
std::optional<int64_t> CheckInteger(const Node& value, IntegerRange range, Faults* faults);
// `value` as a number in [min, max]; else a fault.
std::optional<double> CheckNumber(const Node& value, double min, double max, Faults* faults);
// The strings of an array; a fault for each element of another type.
std::vector<std::string> CheckStrings(const Node& array, Faults* faults);
// The length of UTF-8 text in characters.
size_t CharacterCount(std::string_view text);

}  // namespace segue::language
