#pragma once

#include <cstdint>

namespace segue::language::jsonata::functions {

// A moment in UTC by the proleptic Gregorian calendar, as JavaScript's Date has it.
struct DateParts {
  int64_t year = 1970;
  int month = 0;  // from 0
  int day = 1;
  int hour = 0;
  int minute = 0;
  int second = 0;
  int millisecond = 0;
  int weekday = 4;  // 0 is Sunday
};

// Requires a finite number of milliseconds within JavaScript's range.
DateParts PartsOf(double millis);

// Whether a number of milliseconds is a date at all.
bool IsDate(double millis);

// Date.UTC: parts beyond their range count on into the next; a year of 0 to 99 is one of the
// 1900s. NaN where a part is NaN.
double UtcMillis(double year, double month, double day = 1, double hour = 0, double minute = 0,
                 double second = 0, double millisecond = 0);

// The value of a picture's component for a date: the year (Y), the week in the year (W), ...
double Component(double millis, char component);

}  // namespace segue::language::jsonata::functions
