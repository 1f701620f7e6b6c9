#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace segue::language::jsonata {

// JSONata's strings are JavaScript's: sequences of UTF-16 code units, in which a half of a
// surrogate pair may stand alone. Ours are UTF-8 in which such a half is written as if it were a
// character (three bytes). Anything that is no UTF-8 at all counts byte by byte.

// The character at `*position`, which moves behind it. Requires *position < text.size().
char32_t NextCharacter(std::string_view text, size_t* position);

// Appends `character`. A second half of a pair joins the first half that `out` ends with.
void AppendCharacter(char32_t character, std::string* out);

// The number of characters (a surrogate pair is one).
size_t CharacterCount(std::string_view text);
// The offset in bytes of the character number `index`; the size of `text` where there are fewer.
size_t ByteOffset(std::string_view text, size_t index);

// The number of UTF-16 code units.
size_t Utf16Length(std::string_view text);

// By UTF-16 code units, as JavaScript orders strings: negative, 0 or positive.
int CompareUtf16(std::string_view a, std::string_view b);

// By Unicode, and independent of the process's locale.
std::string ToUpper(std::string_view text);
std::string ToLower(std::string_view text);

// Whether half of a surrogate pair stands alone in it.
bool HasLoneSurrogate(std::string_view text);

// As UTF-8 that all can read: halves that meet are joined, U+FFFD stands for those that stay alone.
std::string WellFormed(std::string_view text);

constexpr bool IsHighSurrogate(char32_t c) { return c >= 0xD800 && c <= 0xDBFF; }
constexpr bool IsLowSurrogate(char32_t c) { return c >= 0xDC00 && c <= 0xDFFF; }

}  // namespace segue::language::jsonata
