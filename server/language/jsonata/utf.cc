#include "server/language/jsonata/utf.h"

#include <locale.h>
#include <wctype.h>

#include <algorithm>
#include <cstdint>
#include <utility>

namespace segue::language::jsonata {
namespace {

bool IsContinuation(unsigned char c) { return (c & 0xC0) == 0x80; }

// How many bytes the character that begins with `lead` should have.
size_t LengthBy(unsigned char lead) {
  if (lead < 0x80) return 1;
  if (lead >= 0xF0 && lead < 0xF8) return 4;
  if (lead >= 0xE0) return lead < 0xF0 ? 3 : 1;
  return lead >= 0xC2 ? 2 : 1;
}

// The C locale's tables are of no use; this one is built into the C library.
locale_t UnicodeLocale() {
  static const locale_t locale = newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
  return locale;
}

// Characters whose upper case is more than one character (Unicode, SpecialCasing).
constexpr std::pair<char32_t, std::string_view> kLongUpper[] = {
    {0xDF, "SS"},        {0x149, "\u02BCN"},  {0x1F0, "J\u030C"},  {0x587, "\u0535\u0552"},
    {0x1E96, "H\u0331"}, {0x1E97, "T\u0308"}, {0x1E98, "W\u030A"}, {0x1E99, "Y\u030A"},
    {0x1E9A, "A\u02BE"}, {0xFB00, "FF"},      {0xFB01, "FI"},      {0xFB02, "FL"},
    {0xFB03, "FFI"},     {0xFB04, "FFL"},     {0xFB05, "ST"},      {0xFB06, "ST"},
};

}  // namespace

char32_t NextCharacter(std::string_view text, size_t* position) {
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  const size_t at = *position;
  const unsigned char lead = byte(at);
  const size_t length = LengthBy(lead);
  if (length == 1 || at + length > text.size()) {
    ++*position;
    return lead;
  }
  char32_t character = lead & (0x7F >> length);
  for (size_t i = 1; i < length; ++i) {
    if (!IsContinuation(byte(at + i))) {
      ++*position;
      return lead;
    }
    character = (character << 6) | (byte(at + i) & 0x3F);
  }
  *position += length;
  return character;
}

void AppendCharacter(char32_t character, std::string* out) {
  if (IsLowSurrogate(character) && out->size() >= 3) {
    size_t last = out->size() - 3;
    const char32_t high = NextCharacter(*out, &last);
    if (IsHighSurrogate(high) && last == out->size()) {
      out->resize(out->size() - 3);
      character = 0x10000 + ((high - 0xD800) << 10) + (character - 0xDC00);
    }
  }
  const auto add = [out](char32_t bits) { out->push_back(static_cast<char>(bits)); };
  if (character < 0x80) {
    add(character);
  } else if (character < 0x800) {
    add(0xC0 | (character >> 6));
    add(0x80 | (character & 0x3F));
  } else if (character < 0x10000) {
    add(0xE0 | (character >> 12));
    add(0x80 | ((character >> 6) & 0x3F));
    add(0x80 | (character & 0x3F));
  } else {
    add(0xF0 | (character >> 18));
    add(0x80 | ((character >> 12) & 0x3F));
    add(0x80 | ((character >> 6) & 0x3F));
    add(0x80 | (character & 0x3F));
  }
}

size_t CharacterCount(std::string_view text) {
  return static_cast<size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return !IsContinuation(static_cast<unsigned char>(c));
  }));
}

size_t ByteOffset(std::string_view text, size_t index) {
  size_t at = 0;
  for (; at < text.size(); ++at) {
    if (IsContinuation(static_cast<unsigned char>(text[at]))) continue;
    if (index == 0) return at;
    --index;
  }
  return at;
}

size_t Utf16Length(std::string_view text) {
  size_t units = 0;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    units += IsContinuation(byte) ? 0 : byte >= 0xF0 ? 2 : 1;
  }
  return units;
}

int CompareUtf16(std::string_view a, std::string_view b) {
  const auto [x, y] = std::mismatch(a.begin(), a.end(), b.begin(), b.end());
  if (x == a.end() || y == b.end()) {
    return static_cast<int>(x != a.end()) - static_cast<int>(y != b.end());
  }
  const auto left = static_cast<unsigned char>(*x);
  const auto right = static_cast<unsigned char>(*y);
  // U+E000 to U+FFFF come after surrogates, with which the characters beyond U+FFFF begin.
  const bool swapped = (left >= 0xF0) != (right >= 0xF0) && std::min(left, right) >= 0xEE;
  return (left < right) != swapped ? -1 : 1;
}

std::string ToUpper(std::string_view text) {
  std::string upper;
  upper.reserve(text.size());
  for (size_t at = 0; at < text.size();) {
    const char32_t c = NextCharacter(text, &at);
    const auto* special = std::find_if(std::begin(kLongUpper), std::end(kLongUpper),
                                       [c](const auto& entry) { return entry.first == c; });
    if (c >= 0x80 && special != std::end(kLongUpper)) {
      upper += special->second;
    } else {
      AppendCharacter(static_cast<char32_t>(towupper_l(static_cast<wint_t>(c), UnicodeLocale())),
                      &upper);
    }
  }
  return upper;
}

std::string ToLower(std::string_view text) {
  std::string lower;
  lower.reserve(text.size());
  for (size_t at = 0; at < text.size();) {
    const char32_t c = NextCharacter(text, &at);
    AppendCharacter(static_cast<char32_t>(towlower_l(static_cast<wint_t>(c), UnicodeLocale())),
                    &lower);
  }
  return lower;
}

std::string WellFormed(std::string_view text) {
  if (!HasLoneSurrogate(text)) return std::string(text);
  std::string joined;
  for (size_t at = 0; at < text.size();) AppendCharacter(NextCharacter(text, &at), &joined);
  std::string formed;
  for (size_t at = 0; at < joined.size();) {
    const char32_t c = NextCharacter(joined, &at);
    AppendCharacter(IsHighSurrogate(c) || IsLowSurrogate(c) ? 0xFFFD : c, &formed);
  }
  return formed;
}

bool HasLoneSurrogate(std::string_view text) {
  for (size_t at = text.find('\xED'); at != std::string_view::npos;
       at = text.find('\xED', at + 1)) {
    if (at + 1 < text.size() && static_cast<unsigned char>(text[at + 1]) >= 0xA0) return true;
  }
  return false;
}

}  // namespace segue::language::jsonata
