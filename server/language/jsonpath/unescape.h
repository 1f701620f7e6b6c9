#pragma once

#include <string>
#include <string_view>

namespace segue::language::jsonpath {

// Appends what Jayway's Utils.unescape makes of a quoted text to *plain: JSON's escapes, and x for
// \x with any other x. A surrogate pair becomes one character. False where the four digits of a \u
// are none; where the text ends before them, they count for nothing. Pure; threads: any.
bool Unescape(std::string_view text, std::string* plain);

// The same as json-smart reads it: another escape counts for nothing, and a \u that ends too early
// makes it false.
bool UnescapeJson(std::string_view text, std::string* plain);

}  // namespace segue::language::jsonpath
