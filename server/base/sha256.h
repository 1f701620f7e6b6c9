#pragma once

#include <string>
#include <string_view>

namespace segue {

// The digest of `text` (FIPS 180-4), as 64 lower-case hexadecimal digits.
std::string HexSha256(std::string_view text);

// The 32 bytes of HMAC-SHA-256 (RFC 2104).
std::string HmacSha256(std::string_view key, std::string_view text);

}  // namespace segue
