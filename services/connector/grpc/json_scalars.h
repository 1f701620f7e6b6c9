#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "server/base/json.h"

// The scalars and well-known strings of the proto3 JSON mapping
// (https://protobuf.dev/programming-guides/json/). Pure.
namespace segue::services {

// Seconds and nanoseconds of google.protobuf.Timestamp and Duration.
struct SecondsNanos {
  int64_t seconds = 0;
  int32_t nanos = 0;
  friend bool operator==(const SecondsNanos&, const SecondsNanos&) = default;
};

// RFC 3339, years 1 to 9999, up to nine fractional digits; written in UTC with 0, 3, 6 or 9 digits.
// Nothing where it is no such text or out of range.
std::optional<SecondsNanos> ParseTimestamp(std::string_view text);
std::optional<std::string> FormatTimestamp(SecondsNanos time);

// "1.5s", within 10,000 years.
std::optional<SecondsNanos> ParseDuration(std::string_view text);
std::optional<std::string> FormatDuration(SecondsNanos duration);

// "userName,address.zipCode" <-> "user_name", "address.zip_code". Nothing where a path would not
// come back the same.
std::optional<std::string> FieldMaskPathFromJson(std::string_view path);
std::optional<std::string> FieldMaskPathToJson(std::string_view path);

// A number, or a string that holds one; whole and within range, else nothing. T: int32_t, uint32_t,
// int64_t, uint64_t.
template <typename T>
std::optional<T> ToInteger(const Json& value);
template <typename T>
std::optional<T> ParseInteger(std::string_view text);

// A number, a string that holds one, "NaN", "Infinity" or "-Infinity".
std::optional<double> ToDouble(const Json& value);
// The same, where it fits a float.
std::optional<float> ToFloat(const Json& value);

// Whole numbers as integers where that is exact (5, not 5.0), "NaN" and the like as strings.
Json FromDouble(double value);
Json FromFloat(float value);  // the shortest number that is this float

// Base64, standard or URL-safe, with or without padding.
std::optional<std::string> DecodeBase64(std::string_view text);

// A short form of any value, for faults.
std::string Abridged(const Json& value);

}  // namespace segue::services
