#pragma once

#include <charconv>
#include <cstddef>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/cord.h"
#include "absl/strings/string_view.h"

namespace segue::language {

inline constexpr char kFaultOffsetPayload[] = "segue.language/offset";

// InvalidArgument that also knows where in the expression its fault is, in bytes from its start.
inline absl::Status FaultAt(const std::string& message, size_t offset) {
  absl::Status status = absl::InvalidArgumentError(message);
  const std::string digits = std::to_string(offset);
  status.SetPayload(kFaultOffsetPayload,
                    absl::Cord(absl::string_view(digits.data(), digits.size())));
  return status;
}

// Where, if the status says so.
inline std::optional<size_t> FaultOffset(const absl::Status& status) {
  const auto payload = status.GetPayload(kFaultOffsetPayload);
  if (!payload) return std::nullopt;
  const std::string digits(*payload);
  size_t offset = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), offset);
  return offset;
}

}  // namespace segue::language
