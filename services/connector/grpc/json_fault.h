#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "absl/strings/str_cat.h"

namespace segue::services {

// Why a JSON value is no message of a type, or the other way round.
struct JsonFault {
  // kUnknownName: the type has no such field, enum value or message type; a newer version of it
  // might.
  enum class Kind { kInvalid, kUnknownName };
  Kind kind = Kind::kInvalid;
  std::string path;  // "items[3].price"; empty: the value itself
  std::string text;

  std::string ToString() const { return path.empty() ? text : absl::StrCat(path, ": ", text); }
};

// Null: no fault.
using JsonFaultPtr = std::unique_ptr<JsonFault>;

inline JsonFaultPtr MakeFault(std::string text, JsonFault::Kind kind = JsonFault::Kind::kInvalid) {
  return std::make_unique<JsonFault>(JsonFault{kind, {}, std::move(text)});
}

// The fault of a part, as one of the whole. Faults are rare, so that paths are only made when there
// is one.
inline JsonFaultPtr In(std::string_view segment, JsonFaultPtr fault) {
  const bool joined = fault->path.empty() || fault->path.front() == '[';
  fault->path = absl::StrCat(absl::string_view(segment.data(), segment.size()), joined ? "" : ".",
                             fault->path);
  return fault;
}
inline JsonFaultPtr InElement(size_t index, JsonFaultPtr fault) {
  return In(absl::StrCat("[", index, "]"), std::move(fault));
}

// Messages deeper than this are refused, as protobuf's own parsers do.
inline constexpr int kMessageDepthMax = 100;

}  // namespace segue::services
