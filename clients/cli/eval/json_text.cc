#include "clients/cli/eval/json_text.h"

#include <charconv>
#include <cstdint>
#include <optional>

#include "absl/strings/str_format.h"
#include "server/language/jsonpath/relaxed_json.h"

namespace segue::cli {
namespace {

constexpr size_t kEscapeLength = 6;  // \u0000

bool IsHigh(uint32_t unit) { return unit >= 0xD800 && unit <= 0xDBFF; }
bool IsLow(uint32_t unit) { return unit >= 0xDC00 && unit <= 0xDFFF; }

// The unit that the escape at `at` names, if one stands there.
std::optional<uint32_t> UnitAt(std::string_view text, size_t at) {
  if (at > text.size() || !text.substr(at).starts_with("\\u")) return std::nullopt;
  const std::string_view digits = text.substr(at + 2, 4);
  uint32_t unit = 0;
  const auto [end, fault] = std::from_chars(digits.data(), digits.data() + digits.size(), unit, 16);
  if (fault != std::errc() || end != digits.data() + 4) return std::nullopt;
  return unit;
}

// `text` with another character for every escape that is half of a pair.
std::string WithoutHalves(std::string_view text) {
  std::string whole;
  for (size_t at = 0; at < text.size();) {
    size_t length = text[at] == '\\' && at + 1 < text.size() ? 2 : 1;
    bool half = false;
    if (const auto unit = UnitAt(text, at)) {
      const auto next = UnitAt(text, at + kEscapeLength);
      const bool pair = IsHigh(*unit) && next && IsLow(*next);
      half = !pair && (IsHigh(*unit) || IsLow(*unit));
      length = pair ? 2 * kEscapeLength : kEscapeLength;
    }
    whole += half ? "\\ufffd" : text.substr(at, length);
    at += length;
  }
  return whole;
}

// A half's three bytes, which no UTF-8 text has, as its escape.
std::string EscapeHalves(std::string text) {
  std::string escaped;
  size_t taken = 0;
  for (size_t at = text.find('\xED'); at != std::string::npos; at = text.find('\xED', at + 1)) {
    if (at + 2 >= text.size()) break;
    const auto second = static_cast<unsigned char>(text[at + 1]);
    const auto third = static_cast<unsigned char>(text[at + 2]);
    if (second < 0xA0) continue;
    const uint32_t unit = 0xD000U | ((second & 0x3FU) << 6) | (third & 0x3FU);
    escaped.append(text, taken, at - taken);
    escaped += absl::StrFormat("\\u%04x", unit);
    taken = at + 3;
  }
  if (taken == 0) return text;
  return escaped.append(text, taken);
}

}  // namespace

absl::StatusOr<Json> ReadJsonText(std::string_view text) {
  absl::StatusOr<Json> strict = Json::Parse(text);
  if (strict.ok()) return strict;
  const std::string whole = WithoutHalves(text);
  if (whole == text || !Json::Parse(whole).ok()) return strict;
  // It is JSON but for its halves, so that a reader that takes more cannot take it for anything
  // else.
  if (auto value = language::jsonpath::ParseRelaxedJson(text)) return *std::move(value);
  return strict;
}

std::string WriteJsonText(const Json& value) { return EscapeHalves(value.Dump()); }

std::string WritePrettyJsonText(const Json& value) { return EscapeHalves(value.DumpPretty()); }

}  // namespace segue::cli
