#include "server/language/jsonpath/unescape.h"

#include <charconv>
#include <cstdint>

namespace segue::language::jsonpath {
namespace {

void AppendUtf8(uint32_t code, std::string* out) {
  const auto tail = [&](int shift) {
    out->push_back(static_cast<char>(0x80 | ((code >> shift) & 0x3F)));
  };
  if (code < 0x80) {
    out->push_back(static_cast<char>(code));
  } else if (code < 0x800) {
    out->push_back(static_cast<char>(0xC0 | (code >> 6)));
    tail(0);
  } else if (code < 0x10000) {
    out->push_back(static_cast<char>(0xE0 | (code >> 12)));
    tail(6);
    tail(0);
  } else {
    out->push_back(static_cast<char>(0xF0 | (code >> 18)));
    tail(12);
    tail(6);
    tail(0);
  }
}

// Four hexadecimal digits at the front of `text`.
bool ReadUnit(std::string_view text, uint32_t* unit) {
  if (text.size() < 4) return false;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + 4, *unit, 16);
  return fault == std::errc() && end == text.data() + 4;
}

// A whole character from the front of `text`, which follows a `\u`; how much of it was read, or 0.
size_t ReadUnicode(std::string_view text, uint32_t* code) {
  if (!ReadUnit(text, code)) return 0;
  uint32_t low = 0;
  const bool pair = *code >= 0xD800 && *code < 0xDC00 && text.substr(4).starts_with("\\u") &&
                    ReadUnit(text.substr(6), &low) && low >= 0xDC00 && low < 0xE000;
  if (!pair) return 4;
  *code = 0x10000 + ((*code - 0xD800) << 10) + (low - 0xDC00);
  return 10;
}

enum class Others { kAreThemselves, kAreNothing };

bool UnescapeAs(Others others, std::string_view text, std::string* plain) {
  constexpr std::string_view kLetters = "bfnrt\\/'\"";
  constexpr std::string_view kMeanings = "\b\f\n\r\t\\/'\"";
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\' || i + 1 == text.size()) {
      plain->push_back(text[i]);
      continue;
    }
    const char c = text[++i];
    if (c == 'u') {
      if (others == Others::kAreThemselves && text.size() - i <= 4) break;
      uint32_t code = 0;
      const size_t length = ReadUnicode(text.substr(i + 1), &code);
      if (length == 0) return false;
      AppendUtf8(code, plain);
      i += length;
    } else if (const size_t known = kLetters.find(c); known != std::string_view::npos) {
      plain->push_back(kMeanings[known]);
    } else if (others == Others::kAreThemselves) {
      plain->push_back(c);
    }
  }
  return true;
}

}  // namespace

bool Unescape(std::string_view text, std::string* plain) {
  return UnescapeAs(Others::kAreThemselves, text, plain);
}

bool UnescapeJson(std::string_view text, std::string* plain) {
  return UnescapeAs(Others::kAreNothing, text, plain);
}

}  // namespace segue::language::jsonpath
