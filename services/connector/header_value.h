#pragma once

#include <string>
#include <string_view>

namespace segue::services {

// `text` with the bytes that no gRPC metadata and no HTTP header value may hold (anything but
// printable ASCII), and '%', written as %XX: names of states, which idempotency keys contain, may
// be in any language. Different texts stay different.
inline std::string AsHeaderValue(std::string_view text) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string value;
  value.reserve(text.size());
  for (const char c : text) {
    if (c >= 0x20 && c <= 0x7e && c != '%') {
      value += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    value += {'%', kHex[byte >> 4], kHex[byte & 15]};
  }
  return value;
}

}  // namespace segue::services
