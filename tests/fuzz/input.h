#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>

namespace segue::fuzz {

inline std::string_view Text(const uint8_t* data, size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

// What stands before the first `separator`, and what stands after it; all and nothing where there
// is none.
inline std::pair<std::string_view, std::string_view> SplitAt(std::string_view text,
                                                             std::string_view separator) {
  const size_t at = text.find(separator);
  if (at == std::string_view::npos) return {text, {}};
  return {text.substr(0, at), text.substr(at + separator.size())};
}

// The two parts of an input: what stands before the first line "%%", and what stands after it.
inline std::pair<std::string_view, std::string_view> SplitInput(std::string_view text) {
  return SplitAt(text, "\n%%\n");
}

}  // namespace segue::fuzz
