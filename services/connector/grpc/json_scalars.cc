#include "services/connector/grpc/json_scalars.h"

#include <array>
#include <charconv>
#include <cmath>
#include <limits>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"

namespace segue::services {
namespace {

constexpr int64_t kTimestampSecondsMin = -62135596800;  // 0001-01-01T00:00:00Z
constexpr int64_t kTimestampSecondsMax = 253402300799;  // 9999-12-31T23:59:59Z
constexpr int64_t kDurationSecondsMax = 315576000000;
constexpr int32_t kNanosPerSecond = 1000000000;

absl::string_view ToAbsl(std::string_view text) { return {text.data(), text.size()}; }

// Takes `count` digits off the front.
std::optional<int> TakeDigits(std::string_view& text, size_t count) {
  if (text.size() < count) return std::nullopt;
  int value = 0;
  for (size_t i = 0; i < count; ++i) {
    if (!absl::ascii_isdigit(static_cast<unsigned char>(text[i]))) return std::nullopt;
    value = value * 10 + (text[i] - '0');
  }
  text.remove_prefix(count);
  return value;
}

bool TakeChar(std::string_view& text, char c) {
  if (text.empty() || text.front() != c) return false;
  text.remove_prefix(1);
  return true;
}

// ".25" -> 250000000; no fraction is 0.
std::optional<int32_t> TakeFraction(std::string_view& text) {
  if (!TakeChar(text, '.')) return 0;
  int32_t nanos = 0;
  size_t digits = 0;
  while (digits < text.size() && absl::ascii_isdigit(static_cast<unsigned char>(text[digits]))) {
    if (digits == 9) return std::nullopt;
    nanos = nanos * 10 + (text[digits++] - '0');
  }
  if (digits == 0) return std::nullopt;
  text.remove_prefix(digits);
  for (; digits < 9; ++digits) nanos *= 10;
  return nanos;
}

// "Z", "+01:00": seconds east of UTC.
std::optional<int64_t> TakeOffset(std::string_view& text) {
  if (TakeChar(text, 'Z')) return 0;
  int sign = 0;
  if (TakeChar(text, '+')) sign = 1;
  if (sign == 0 && TakeChar(text, '-')) sign = -1;
  if (sign == 0) return std::nullopt;
  const auto hours = TakeDigits(text, 2);
  if (!hours || *hours > 23 || !TakeChar(text, ':')) return std::nullopt;
  const auto minutes = TakeDigits(text, 2);
  if (!minutes || *minutes > 59) return std::nullopt;
  return int64_t{sign} * (*hours * 3600 + *minutes * 60);
}

std::string FormatFraction(int32_t nanos) {
  if (nanos == 0) return "";
  if (nanos % 1000000 == 0) return absl::StrFormat(".%03d", nanos / 1000000);
  if (nanos % 1000 == 0) return absl::StrFormat(".%06d", nanos / 1000);
  return absl::StrFormat(".%09d", nanos);
}

// A JSON number in a string: no "inf", "nan", hexadecimal or blanks.
std::optional<double> ParseDouble(std::string_view text) {
  const size_t digit = !text.empty() && text.front() == '-' ? 1 : 0;
  if (text.size() <= digit || !absl::ascii_isdigit(static_cast<unsigned char>(text[digit]))) {
    return std::nullopt;
  }
  double value = 0;
  const char* end = text.data() + text.size();
  const auto [stop, fault] = std::from_chars(text.data(), end, value);
  if (fault != std::errc() || stop != end) return std::nullopt;
  return value;
}

template <typename T>
std::optional<T> WholeNumber(double value) {
  // Exact as doubles: the first numbers outside.
  const double above = std::ldexp(1.0, std::numeric_limits<T>::digits);
  const double lowest = std::is_signed_v<T> ? -above : 0;
  if (!(value >= lowest && value < above) || value != std::trunc(value)) return std::nullopt;
  return static_cast<T>(value);
}

}  // namespace

std::optional<SecondsNanos> ParseTimestamp(std::string_view text) {
  const auto year = TakeDigits(text, 4);
  if (!year || *year == 0 || !TakeChar(text, '-')) return std::nullopt;
  const auto month = TakeDigits(text, 2);
  if (!month || !TakeChar(text, '-')) return std::nullopt;
  const auto day = TakeDigits(text, 2);
  if (!day || !TakeChar(text, 'T')) return std::nullopt;
  const auto hour = TakeDigits(text, 2);
  if (!hour || !TakeChar(text, ':')) return std::nullopt;
  const auto minute = TakeDigits(text, 2);
  if (!minute || !TakeChar(text, ':')) return std::nullopt;
  const auto second = TakeDigits(text, 2);
  if (!second) return std::nullopt;
  const auto nanos = TakeFraction(text);
  if (!nanos) return std::nullopt;
  const auto offset = TakeOffset(text);
  if (!offset || !text.empty()) return std::nullopt;
  const absl::CivilSecond civil(*year, *month, *day, *hour, *minute, *second);
  // Out of range, it would have been carried over: the 32nd of January.
  if (civil.month() != *month || civil.day() != *day || civil.hour() != *hour ||
      civil.minute() != *minute || civil.second() != *second) {
    return std::nullopt;
  }
  const int64_t seconds =
      absl::ToUnixSeconds(absl::FromCivil(civil, absl::UTCTimeZone())) - *offset;
  if (seconds < kTimestampSecondsMin || seconds > kTimestampSecondsMax) return std::nullopt;
  return SecondsNanos{seconds, *nanos};
}

std::optional<std::string> FormatTimestamp(SecondsNanos time) {
  if (time.seconds < kTimestampSecondsMin || time.seconds > kTimestampSecondsMax ||
      time.nanos < 0 || time.nanos >= kNanosPerSecond) {
    return std::nullopt;
  }
  const auto civil = absl::ToCivilSecond(absl::FromUnixSeconds(time.seconds), absl::UTCTimeZone());
  return absl::StrFormat("%04d-%02d-%02dT%02d:%02d:%02d%sZ", civil.year(), civil.month(),
                         civil.day(), civil.hour(), civil.minute(), civil.second(),
                         FormatFraction(time.nanos));
}

std::optional<SecondsNanos> ParseDuration(std::string_view text) {
  const int sign = TakeChar(text, '-') ? -1 : 1;
  size_t digits = 0;
  while (digits < text.size() && absl::ascii_isdigit(static_cast<unsigned char>(text[digits]))) {
    ++digits;
  }
  const auto seconds = ParseInteger<int64_t>(text.substr(0, digits));
  if (!seconds || *seconds > kDurationSecondsMax) return std::nullopt;
  text.remove_prefix(digits);
  const auto nanos = TakeFraction(text);
  if (!nanos || text != "s" || (*seconds == kDurationSecondsMax && *nanos > 0)) return std::nullopt;
  return SecondsNanos{sign * *seconds, sign * *nanos};
}

std::optional<std::string> FormatDuration(SecondsNanos duration) {
  const auto [seconds, nanos] = duration;
  const bool in_range = seconds >= -kDurationSecondsMax && seconds <= kDurationSecondsMax &&
                        nanos > -kNanosPerSecond && nanos < kNanosPerSecond;
  const bool one_sign = (seconds <= 0 && nanos <= 0) || (seconds >= 0 && nanos >= 0);
  if (!in_range || !one_sign) return std::nullopt;
  return absl::StrCat(seconds < 0 || nanos < 0 ? "-" : "", std::abs(seconds),
                      FormatFraction(std::abs(nanos)), "s");
}

std::optional<std::string> FieldMaskPathFromJson(std::string_view path) {
  std::string result;
  for (const char c : path) {
    if (c == '_') return std::nullopt;
    if (absl::ascii_isupper(static_cast<unsigned char>(c))) result += '_';
    result += absl::ascii_tolower(static_cast<unsigned char>(c));
  }
  return result;
}

std::optional<std::string> FieldMaskPathToJson(std::string_view path) {
  std::string result;
  bool after_underscore = false;
  for (const char c : path) {
    const auto byte = static_cast<unsigned char>(c);
    if (absl::ascii_isupper(byte) || (after_underscore && !absl::ascii_islower(byte))) {
      return std::nullopt;
    }
    if (c != '_') result += after_underscore ? absl::ascii_toupper(byte) : c;
    after_underscore = c == '_';
  }
  if (after_underscore) return std::nullopt;
  return result;
}

template <typename T>
std::optional<T> ParseInteger(std::string_view text) {
  T value = 0;
  const char* end = text.data() + text.size();
  const auto [stop, fault] = std::from_chars(text.data(), end, value);
  if (fault == std::errc() && stop == end && !text.empty()) return value;
  // "1e5" and "7.0" are whole numbers, too.
  const auto number = ParseDouble(text);
  return number ? WholeNumber<T>(*number) : std::nullopt;
}

template <typename T>
std::optional<T> ToInteger(const Json& value) {
  switch (value.kind()) {
    case Json::Kind::kInt:
      if (!std::in_range<T>(value.int_value())) return std::nullopt;
      return static_cast<T>(value.int_value());
    case Json::Kind::kDouble:
      return WholeNumber<T>(value.number());
    case Json::Kind::kString:
      return ParseInteger<T>(value.string());
    case Json::Kind::kNull:
    case Json::Kind::kBool:
    case Json::Kind::kArray:
    case Json::Kind::kObject:
      return std::nullopt;
  }
  return std::nullopt;
}

template std::optional<int32_t> ParseInteger(std::string_view);
template std::optional<uint32_t> ParseInteger(std::string_view);
template std::optional<int64_t> ParseInteger(std::string_view);
template std::optional<uint64_t> ParseInteger(std::string_view);
template std::optional<int32_t> ToInteger(const Json&);
template std::optional<uint32_t> ToInteger(const Json&);
template std::optional<int64_t> ToInteger(const Json&);
template std::optional<uint64_t> ToInteger(const Json&);

std::optional<double> ToDouble(const Json& value) {
  if (value.is_number()) return value.number();
  if (!value.is_string()) return std::nullopt;
  const std::string& text = value.string();
  if (text == "NaN") return std::numeric_limits<double>::quiet_NaN();
  if (text == "Infinity") return std::numeric_limits<double>::infinity();
  if (text == "-Infinity") return -std::numeric_limits<double>::infinity();
  return ParseDouble(text);
}

std::optional<float> ToFloat(const Json& value) {
  const auto number = ToDouble(value);
  if (!number) return std::nullopt;
  if (std::isfinite(*number)) {
    // What rounds to the largest float still is one.
    const double above = std::ldexp(1.0, 128) - std::ldexp(1.0, 103);
    if (std::abs(*number) >= above) return std::nullopt;
  }
  return static_cast<float>(*number);
}

Json FromDouble(double value) {
  if (std::isnan(value)) return Json("NaN");
  if (std::isinf(value)) return Json(value > 0 ? "Infinity" : "-Infinity");
  const bool exact = std::abs(value) <= 9007199254740992.0;  // 2^53
  const bool negative_zero = value == 0 && std::signbit(value);
  if (exact && !negative_zero && value == std::trunc(value)) {
    return Json(static_cast<int64_t>(value));
  }
  return Json(value);
}

Json FromFloat(float value) {
  if (!std::isfinite(value)) return FromDouble(value);
  std::array<char, 32> text;
  const auto printed = std::to_chars(text.data(), text.data() + text.size(), value);
  double shortest = value;
  std::from_chars(text.data(), printed.ptr, shortest);
  return FromDouble(shortest);
}

std::optional<std::string> DecodeBase64(std::string_view text) {
  for (const char c : text) {
    if (absl::ascii_isspace(static_cast<unsigned char>(c))) return std::nullopt;
  }
  std::string bytes;
  if (absl::Base64Unescape(ToAbsl(text), &bytes)) return bytes;
  if (absl::WebSafeBase64Unescape(ToAbsl(text), &bytes)) return bytes;
  return std::nullopt;
}

std::string Abridged(const Json& value) {
  constexpr size_t kBytesMax = 40;
  if (value.is_array() && !value.array().empty()) return "an array";
  if (value.is_object() && !value.object().empty()) return "an object";
  std::string text = value.Dump();
  if (text.size() <= kBytesMax) return text;
  size_t end = kBytesMax;
  // Not in the middle of a UTF-8 character.
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return text.substr(0, end) + "...";
}

}  // namespace segue::services
