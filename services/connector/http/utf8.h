#pragma once

#include <string_view>

namespace segue::services {

// Whether the bytes are well-formed UTF-8 (RFC 3629: shortest forms, no surrogates).
bool IsUtf8(std::string_view bytes);

}  // namespace segue::services
