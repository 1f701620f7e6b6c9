#include <cctype>
#include <string>

#include "absl/strings/escaping.h"
#include "server/language/jsonata/evaluator.h"
#include "server/language/jsonata/functions/functions.h"
#include "server/language/jsonata/utf.h"

// Base64 and URLs, as JavaScript has them.

namespace segue::language::jsonata::functions {
namespace {

constexpr std::string_view kUnreserved = "-_.!~*'()";
constexpr std::string_view kReserved = ";/?:@&=+$,#";

bool IsIn(std::string_view set, char c) { return set.find(c) != std::string_view::npos; }

Value Malformed(Evaluator& evaluator, Value url, std::string name) {
  return evaluator.Fail({.code = "D3140", .value = url, .text = std::move(name)});
}

Value Encode(Evaluator& evaluator, Value text, std::string_view kept, std::string name) {
  if (text.is_undefined()) return Value();
  if (HasLoneSurrogate(text.text())) return Malformed(evaluator, text, std::move(name));
  constexpr char kDigits[] = "0123456789ABCDEF";
  std::string encoded;
  for (const char c : text.text()) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x80 && (std::isalnum(byte) != 0 || IsIn(kUnreserved, c) || IsIn(kept, c))) {
      encoded.push_back(c);
    } else {
      encoded.push_back('%');
      encoded.push_back(kDigits[byte >> 4]);
      encoded.push_back(kDigits[byte & 0xF]);
    }
  }
  return evaluator.Keep(encoded);
}

int HexDigit(char c) {
  if (std::isdigit(static_cast<unsigned char>(c)) != 0) return c - '0';
  const int lower = std::tolower(static_cast<unsigned char>(c));
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

// The byte that `%XX` at `at` stands for; -1 where it is none.
int EscapedByte(std::string_view text, size_t at) {
  if (at + 2 >= text.size() || text[at] != '%') return -1;
  const int high = HexDigit(text[at + 1]);
  const int low = HexDigit(text[at + 2]);
  return high < 0 || low < 0 ? -1 : high * 16 + low;
}

// How many bytes the UTF-8 character has that begins with `lead`; 0: none does.
size_t SequenceLength(int lead) {
  if (lead < 0x80) return 1;
  if (lead >= 0xC2 && lead <= 0xDF) return 2;
  if (lead >= 0xE0 && lead <= 0xEF) return 3;
  return lead >= 0xF0 && lead <= 0xF4 ? 4 : 0;
}

// Decodes the escapes that make up one character; false where they are none.
bool DecodeCharacter(std::string_view text, size_t* at, std::string_view kept, std::string* out) {
  const int lead = EscapedByte(text, *at);
  const size_t length = lead < 0 ? 0 : SequenceLength(lead);
  if (length == 0) return false;
  if (length == 1) {
    const char c = static_cast<char>(lead);
    if (IsIn(kept, c)) {
      out->append(text.substr(*at, 3));
    } else {
      out->push_back(c);
    }
    *at += 3;
    return true;
  }
  std::string bytes(1, static_cast<char>(lead));
  for (size_t i = 1; i < length; ++i) {
    const int next = EscapedByte(text, *at + 3 * i);
    if (next < 0x80 || next > 0xBF) return false;
    bytes.push_back(static_cast<char>(next));
  }
  size_t end = 0;
  const char32_t character = NextCharacter(bytes, &end);
  const char32_t least = length == 2 ? 0x80 : length == 3 ? 0x800 : 0x10000;
  if (character < least || character > 0x10FFFF || HasLoneSurrogate(bytes)) return false;
  out->append(bytes);
  *at += 3 * length;
  return true;
}

Value Decode(Evaluator& evaluator, Value url, std::string_view kept, std::string name) {
  if (url.is_undefined()) return Value();
  const std::string_view text = url.text();
  std::string decoded;
  for (size_t at = 0; at < text.size();) {
    if (text[at] != '%') {
      decoded.push_back(text[at++]);
    } else if (!DecodeCharacter(text, &at, kept, &decoded)) {
      return Malformed(evaluator, url, std::move(name));
    }
  }
  return evaluator.Keep(decoded);
}

}  // namespace

// Of the low bytes of the code units, as the reference does.
Value Base64Encode(Evaluator& evaluator, std::span<const Value> arguments) {
  if (arguments[0].is_undefined()) return Value();
  const std::string_view text = arguments[0].text();
  std::string bytes;
  for (size_t at = 0; at < text.size();) {
    const char32_t c = NextCharacter(text, &at);
    if (c > 0xFFFF) bytes.push_back(static_cast<char>(((c - 0x10000) >> 10) & 0xFF));
    bytes.push_back(static_cast<char>(c & 0xFF));
  }
  return evaluator.Keep(absl::Base64Escape(absl::string_view(bytes.data(), bytes.size())));
}

// Each byte is a character. What is no base64 is passed over, as the reference does.
Value Base64Decode(Evaluator& evaluator, std::span<const Value> arguments) {
  if (arguments[0].is_undefined()) return Value();
  std::string decoded;
  unsigned bits = 0;
  int count = 0;
  for (const char c : arguments[0].text()) {
    if (c == '=') break;
    const char alike = c == '-' ? '+' : c == '_' ? '/' : c;
    constexpr std::string_view kAlphabet =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const size_t value = kAlphabet.find(alike);
    if (value == std::string_view::npos) continue;
    bits = (bits << 6) | static_cast<unsigned>(value);
    count += 6;
    if (count < 8) continue;
    count -= 8;
    AppendCharacter((bits >> static_cast<unsigned>(count)) & 0xFF, &decoded);
  }
  return evaluator.Keep(decoded);
}

Value EncodeUrlComponent(Evaluator& evaluator, std::span<const Value> arguments) {
  return Encode(evaluator, arguments[0], "", "encodeUrlComponent");
}

Value EncodeUrl(Evaluator& evaluator, std::span<const Value> arguments) {
  return Encode(evaluator, arguments[0], kReserved, "encodeUrl");
}

Value DecodeUrlComponent(Evaluator& evaluator, std::span<const Value> arguments) {
  return Decode(evaluator, arguments[0], "", "decodeUrlComponent");
}

Value DecodeUrl(Evaluator& evaluator, std::span<const Value> arguments) {
  return Decode(evaluator, arguments[0], kReserved, "decodeUrl");
}

}  // namespace segue::language::jsonata::functions
