#pragma once

#include <cstdint>
#include <span>
#include <string_view>

// What Step Functions' service model (botocore, stepfunctions/2016-11-23, service-2.json) says of
// the input of each operation: members, which of them must be there, and their constraints.

namespace segue::api::states {

struct Member;

struct Shape {
  enum class Kind { kString, kInteger, kNumber, kBoolean, kList, kStructure };
  enum class Pattern { kNone, kRestrictedName, kVisible, kAscii };
  enum class Secrecy { kPlain, kSensitive };

  Kind kind = Kind::kString;
  // Of a string's characters, a list's elements, or a number itself; -1: not bounded.
  int64_t min = -1;
  int64_t max = -1;
  Pattern pattern = Pattern::kNone;
  std::span<const std::string_view> values;  // the only ones; empty: any
  Secrecy secrecy = Secrecy::kPlain;         // kSensitive: errors do not repeat the value
  const Shape* element = nullptr;            // of a list
  std::span<const Member> members;           // of a structure
};

struct Member {
  enum class Need { kOptional, kRequired };
  std::string_view name;
  const Shape* shape = nullptr;
  Need need = Need::kOptional;
};

// nullptr where there is no such operation.
const Shape* InputOf(std::string_view operation);

// The operation's name in text that stays; empty where there is no such operation.
std::string_view OperationText(std::string_view operation);

}  // namespace segue::api::states
