#include "server/language/jsonata/functions/iso_date.h"

#include <cctype>
#include <cmath>
#include <limits>
#include <vector>

#include "server/language/jsonata/functions/calendar.h"

namespace segue::language::jsonata::functions {
namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

// ^\d{4}(-[01]\d)*(-[0-3]\d)*(T[0-2]\d:[0-5]\d:[0-5]\d)*(\.\d+)?([+-][0-2]\d:?[0-5]\d|Z)?$
class IsoReader {
 public:
  explicit IsoReader(std::string_view text) : text_(text) {}

  // Whether the text has the form; then the numbers are read.
  bool Read() {
    if (!Digits(4, "9", &year_)) return false;
    // The zone may begin as a day does: `-01`, which it is only where all else fits.
    while (DateGroup()) {
    }
    while (TimeGroup()) {
    }
    if (Is('.')) {
      const size_t start = ++at_;
      while (IsDigit(at_)) ++at_;
      if (at_ == start) return false;
      fraction_ = text_.substr(start, at_ - start);
    }
    Zone();
    return at_ == text_.size();
  }

  double Millis() const {
    if (groups_.size() > 2 || times_ > 1) return kNone;
    const double month = groups_.empty() ? 1 : groups_[0];
    const double day = groups_.size() < 2 ? 1 : groups_[1];
    if (month < 1 || month > 12 || day < 1 || day > 31 || hour_ > 24) return kNone;
    if (hour_ == 24 && (minute_ > 0 || second_ > 0)) return kNone;
    if (times_ == 0 && !fraction_.empty()) return kNone;
    double millis = 0;
    double unit = 100;
    for (const char digit : fraction_.substr(0, 3)) {
      millis += (digit - '0') * unit;
      unit /= 10;
    }
    // Date.UTC takes a year below 100 for one of the 1900s; a text means what it says.
    const double era = year_ < 100 ? 400 : 0;
    const double utc = UtcMillis(year_ + era, month - 1, day, hour_, minute_, second_, millis);
    return utc - era / 400 * 146097 * 86400000.0 - zone_minutes_ * 60000;
  }

 private:
  bool Is(char c) const { return at_ < text_.size() && text_[at_] == c; }
  bool IsDigit(size_t at) const {
    return at < text_.size() && std::isdigit(static_cast<unsigned char>(text_[at])) != 0;
  }

  // `count` digits, the first no larger than `first_max`.
  bool Digits(size_t count, std::string_view first_max, int* value) {
    int read = 0;
    for (size_t i = 0; i < count; ++i) {
      if (!IsDigit(at_ + i)) return false;
      read = read * 10 + (text_[at_ + i] - '0');
    }
    if (text_[at_] > first_max[0]) return false;
    at_ += count;
    *value = read;
    return true;
  }

  bool DateGroup() {
    const size_t start = at_;
    int value = 0;
    if (Is('-') && (++at_, Digits(2, "3", &value))) {
      // `-0500` and `-05:00` are zones.
      const bool zone = (IsDigit(at_) || Is(':')) && !groups_.empty();
      if (!zone) {
        groups_.push_back(value);
        return true;
      }
    }
    at_ = start;
    return false;
  }

  bool TimeGroup() {
    const size_t start = at_;
    const auto separated = [this](char c, std::string_view max, int* value) {
      if (!Is(c)) return false;
      ++at_;
      return Digits(2, max, value);
    };
    if (separated('T', "2", &hour_) && separated(':', "5", &minute_) &&
        separated(':', "5", &second_)) {
      ++times_;
      return true;
    }
    at_ = start;
    return false;
  }

  void Zone() {
    if (Is('Z')) {
      ++at_;
      return;
    }
    if (!Is('+') && !Is('-')) return;
    const size_t start = at_;
    const int sign = Is('-') ? -1 : 1;
    ++at_;
    int hours = 0;
    int minutes = 0;
    const bool good = Digits(2, "2", &hours) && (at_ += Is(':') ? 1 : 0, Digits(2, "5", &minutes));
    if (!good) at_ = start;
    zone_minutes_ = good ? sign * (hours * 60 + minutes) : 0;
  }

  const std::string_view text_;
  size_t at_ = 0;
  int year_ = 0;
  std::vector<int> groups_;
  int hour_ = 0;
  int minute_ = 0;
  int second_ = 0;
  int times_ = 0;
  std::string_view fraction_;
  int zone_minutes_ = 0;
};

}  // namespace

bool IsIsoDate(std::string_view text) { return IsoReader(text).Read(); }

double ParseIsoDate(std::string_view text) {
  IsoReader reader(text);
  return reader.Read() ? reader.Millis() : kNone;
}

}  // namespace segue::language::jsonata::functions
