#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>

namespace segue::fuzz {

inline std::string_view Text(const uint8_t* data, size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

// The two parts of an input: what stands before the first line "%%", and what stands after it.
inline std::pair<std::string_view, std::string_view> SplitInput(std::string_view text) {
  constexpr std::string_view kSeparator = "\n%%\n";
  const size_t at = text.find(kSeparator);
  if (at == std::string_view::npos) return {text, {}};
  return {text.substr(0, at), text.substr(at + kSeparator.size())};
}

}  // namespace segue::fuzz
