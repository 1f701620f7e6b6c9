#include "server/language/timestamp.h"

#include <charconv>
#include <cstdint>

namespace segue::language {
namespace {

// Reads fixed-width fields from the front of a text.
class FieldReader {
 public:
  explicit FieldReader(std::string_view text) : text_(text) {}

  // Exactly `width` digits, in [min, max].
  std::optional<int> Digits(size_t width, int min, int max) {
    if (text_.size() < width) return std::nullopt;
    int value = 0;
    for (const char c : text_.substr(0, width)) {
      if (c < '0' || c > '9') return std::nullopt;
      value = value * 10 + (c - '0');
    }
    text_.remove_prefix(width);
    if (value < min || value > max) return std::nullopt;
    return value;
  }

  bool Skip(char c) {
    if (text_.empty() || text_[0] != c) return false;
    text_.remove_prefix(1);
    return true;
  }

  // One digit or more after the point; digits beyond nanoseconds are dropped.
  std::optional<absl::Duration> Fraction() {
    int64_t nanoseconds = 0;
    int64_t unit = 100'000'000;
    size_t count = 0;
    for (; count < text_.size() && text_[count] >= '0' && text_[count] <= '9'; ++count) {
      nanoseconds += unit * (text_[count] - '0');
      unit /= 10;
    }
    if (count == 0) return std::nullopt;
    text_.remove_prefix(count);
    return absl::Nanoseconds(nanoseconds);
  }

  bool AtEnd() const { return text_.empty(); }

 private:
  std::string_view text_;
};

// Z or +hh:mm or -hh:mm, to the end of the text.
std::optional<absl::Duration> ReadOffset(FieldReader* reader) {
  if (reader->Skip('Z')) return reader->AtEnd() ? std::optional(absl::Duration()) : std::nullopt;
  const bool west = reader->Skip('-');
  if (!west && !reader->Skip('+')) return std::nullopt;
  const auto hours = reader->Digits(2, 0, 23);
  if (!hours || !reader->Skip(':')) return std::nullopt;
  const auto minutes = reader->Digits(2, 0, 59);
  if (!minutes || !reader->AtEnd()) return std::nullopt;
  const absl::Duration offset = absl::Hours(*hours) + absl::Minutes(*minutes);
  return west ? -offset : offset;
}

}  // namespace

std::optional<absl::Time> ParseTimestamp(std::string_view text) {
  FieldReader reader(text);
  const auto year = reader.Digits(4, 0, 9999);
  if (!year || !reader.Skip('-')) return std::nullopt;
  const auto month = reader.Digits(2, 1, 12);
  if (!month || !reader.Skip('-')) return std::nullopt;
  const auto day = reader.Digits(2, 1, 31);
  if (!day || !reader.Skip('T')) return std::nullopt;
  const auto hour = reader.Digits(2, 0, 23);
  if (!hour || !reader.Skip(':')) return std::nullopt;
  const auto minute = reader.Digits(2, 0, 59);
  if (!minute || !reader.Skip(':')) return std::nullopt;
  const auto second = reader.Digits(2, 0, 60);  // 60: a leap second
  if (!second) return std::nullopt;
  absl::Duration fraction;
  if (reader.Skip('.')) {
    const auto read = reader.Fraction();
    if (!read) return std::nullopt;
    fraction = *read;
  }
  const auto offset = ReadOffset(&reader);
  if (!offset) return std::nullopt;
  const absl::CivilDay date(*year, *month, *day);
  if (date.day() != *day) return std::nullopt;  // 30 February
  const absl::CivilSecond local(*year, *month, *day, *hour, *minute, *second);
  return absl::FromCivil(local, absl::UTCTimeZone()) + fraction - *offset;
}

}  // namespace segue::language
