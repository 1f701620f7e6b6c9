#include "services/connector/http/utf8.h"

#include <cstddef>
#include <cstdint>

namespace segue::services {

bool IsUtf8(std::string_view bytes) {
  size_t i = 0;
  const auto continues = [&](uint8_t low, uint8_t high) {
    if (i >= bytes.size()) return false;
    const auto byte = static_cast<uint8_t>(bytes[i++]);
    return byte >= low && byte <= high;
  };
  while (i < bytes.size()) {
    const auto lead = static_cast<uint8_t>(bytes[i++]);
    if (lead < 0x80) continue;
    if (lead < 0xC2 || lead > 0xF4) return false;
    // The second byte rules out longer forms of shorter characters, surrogates, and what is above
    // U+10FFFF.
    uint8_t low = 0x80;
    uint8_t high = 0xBF;
    if (lead == 0xE0) low = 0xA0;
    if (lead == 0xED) high = 0x9F;
    if (lead == 0xF0) low = 0x90;
    if (lead == 0xF4) high = 0x8F;
    if (!continues(low, high)) return false;
    if (lead >= 0xE0 && !continues(0x80, 0xBF)) return false;
    if (lead >= 0xF0 && !continues(0x80, 0xBF)) return false;
  }
  return true;
}

}  // namespace segue::services
