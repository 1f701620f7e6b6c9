#include "server/language/jsonata/functions/calendar.h"

#include <cmath>
#include <limits>

namespace segue::language::jsonata::functions {
namespace {

constexpr double kDayMillis = 86400000;
constexpr double kRangeMillis = 8.64e15;

// Days from 1970-01-01 to the first of a month (H. Hinnant, "chrono-Compatible Low-Level Date
// Algorithms").
int64_t DaysFromCivil(int64_t year, int64_t month) {
  year -= month <= 2 ? 1 : 0;
  const int64_t era = (year >= 0 ? year : year - 399) / 400;
  const int64_t year_of_era = year - era * 400;
  const int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5;
  const int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return era * 146097 + day_of_era - 719468;
}

void CivilFromDays(int64_t days, DateParts* parts) {
  days += 719468;
  const int64_t era = (days >= 0 ? days : days - 146096) / 146097;
  const int64_t day_of_era = days - era * 146097;
  const int64_t year_of_era =
      (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
  const int64_t day_of_year =
      day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const int64_t month_index = (5 * day_of_year + 2) / 153;
  parts->day = static_cast<int>(day_of_year - (153 * month_index + 2) / 5 + 1);
  parts->month = static_cast<int>(month_index < 10 ? month_index + 2 : month_index - 10);
  parts->year = year_of_era + era * 400 + (parts->month <= 1 ? 1 : 0);
}

// A month, from 0, of a year.
struct YearMonth {
  int64_t year;
  int month;

  YearMonth Next() const {
    return month == 11 ? YearMonth{year + 1, 0} : YearMonth{year, month + 1};
  }
  YearMonth Previous() const {
    return month == 0 ? YearMonth{year - 1, 11} : YearMonth{year, month - 1};
  }
  double Start() const { return UtcMillis(static_cast<double>(year), month); }
};

// The Monday of the first week, by ISO 8601, of a year or month: of the one with its first
// Thursday.
double StartOfFirstWeek(YearMonth month) {
  const double first = month.Start();
  const int weekday = PartsOf(first).weekday == 0 ? 7 : PartsOf(first).weekday;
  return weekday > 4 ? first + (8 - weekday) * kDayMillis : first - (weekday - 1) * kDayMillis;
}

double WeeksBetween(double start, double end) { return (end - start) / (kDayMillis * 7) + 1; }

// The week of `today` in a period that begins with `period`; `weeks` is how many it has at least.
double WeekIn(double today, double weeks, YearMonth period, YearMonth before, YearMonth after) {
  double week = WeeksBetween(StartOfFirstWeek(period), today);
  if (week > weeks) {
    if (today >= StartOfFirstWeek(after)) week = 1;
  } else if (week < 1) {
    week = WeeksBetween(StartOfFirstWeek(before), today);
  }
  return std::floor(week);
}

double ByDate(double millis, const DateParts& parts, char component) {
  const double today = UtcMillis(static_cast<double>(parts.year), parts.month, parts.day);
  const YearMonth year{parts.year, 0};
  const YearMonth next_year{parts.year + 1, 0};
  const YearMonth month{parts.year, parts.month};
  switch (component) {
    case 'd':
      return (today - year.Start()) / kDayMillis + 1;
    case 'W':
      return WeekIn(today, 52, year, {parts.year - 1, 0}, next_year);
    case 'w':
      return WeekIn(today, 4, month, month.Previous(), month.Next());
    case 'X':
      if (millis < StartOfFirstWeek(year)) return static_cast<double>(parts.year - 1);
      return static_cast<double>(parts.year + (millis >= StartOfFirstWeek(next_year) ? 1 : 0));
    case 'x':
      if (millis < StartOfFirstWeek(month)) return month.Previous().month + 1;
      return (millis >= StartOfFirstWeek(month.Next()) ? month.Next() : month).month + 1;
    default:
      return std::numeric_limits<double>::quiet_NaN();
  }
}

}  // namespace

bool IsDate(double millis) { return std::fabs(millis) <= kRangeMillis; }

DateParts PartsOf(double millis) {
  DateParts parts;
  millis = std::trunc(millis);
  const double days = std::floor(millis / kDayMillis);
  auto rest = static_cast<int64_t>(millis - days * kDayMillis);
  CivilFromDays(static_cast<int64_t>(days), &parts);
  parts.millisecond = static_cast<int>(rest % 1000);
  rest /= 1000;
  parts.second = static_cast<int>(rest % 60);
  rest /= 60;
  parts.minute = static_cast<int>(rest % 60);
  parts.hour = static_cast<int>(rest / 60);
  const int64_t weekday = (static_cast<int64_t>(days) + 4) % 7;
  parts.weekday = static_cast<int>(weekday < 0 ? weekday + 7 : weekday);
  return parts;
}

double UtcMillis(double year, double month, double day, double hour, double minute, double second,
                 double millisecond) {
  constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
  const double sum = year + month + day + hour + minute + second + millisecond;
  if (!std::isfinite(sum) || std::fabs(year) > 1e6 || std::fabs(month) > 1e7) return kNone;
  year = std::trunc(year);
  if (year >= 0 && year <= 99) year += 1900;
  year += std::floor(std::trunc(month) / 12);
  const double month_in_year = std::trunc(month) - std::floor(std::trunc(month) / 12) * 12;
  const auto days = static_cast<double>(
      DaysFromCivil(static_cast<int64_t>(year), static_cast<int64_t>(month_in_year) + 1));
  const double time = std::trunc(hour) * 3600000 + std::trunc(minute) * 60000 +
                      std::trunc(second) * 1000 + std::trunc(millisecond);
  const double millis = (days + std::trunc(day) - 1) * kDayMillis + time;
  return IsDate(millis) ? millis : kNone;
}

double Component(double millis, char component) {
  if (!IsDate(millis)) return std::numeric_limits<double>::quiet_NaN();
  const DateParts parts = PartsOf(millis);
  switch (component) {
    case 'Y':
      return static_cast<double>(parts.year);
    case 'M':
      return parts.month + 1;
    case 'D':
      return parts.day;
    case 'F':
      return parts.weekday == 0 ? 7 : parts.weekday;
    case 'H':
      return parts.hour;
    case 'h':
      return parts.hour % 12 == 0 ? 12 : parts.hour % 12;
    case 'P':
      return parts.hour >= 12 ? 1 : 0;
    case 'm':
      return parts.minute;
    case 's':
      return parts.second;
    case 'f':
      return parts.millisecond;
    default:
      return ByDate(millis, parts, component);
  }
}

}  // namespace segue::language::jsonata::functions
