#pragma once

#include <string>
#include <string_view>

namespace segue::language {

// The pieces, one after the other. (Abseil's StrCat takes no std::string_view on this platform.)
template <typename... Pieces>
std::string Concat(const Pieces&... pieces) {
  std::string joined;
  (joined.append(std::string_view(pieces)), ...);
  return joined;
}

}  // namespace segue::language
