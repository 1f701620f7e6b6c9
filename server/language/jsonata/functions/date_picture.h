#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "server/language/jsonata/functions/integer_format.h"

namespace segue::language::jsonata::functions {

// A date and time picture, taken apart (XPath Functions 3.1, "The picture string").
struct DatePicture {
  enum class Names : uint8_t { kNone, kLower, kUpper, kTitle };
  struct Part {
    std::string literal;  // where component is 0
    char component = 0;   // Y M D d F W w X x H h P m s f Z z C E, or one that nothing knows
    Names names = Names::kNone;
    char modifier = 0;  // a t c o, behind the presentation
    std::optional<int> width_max;
    std::optional<IntegerFormat> integer;
    int digits = 0;  // of Y, M and D: how many there are; -1 any
  };
  std::vector<Part> parts;
};

std::variant<DatePicture, PictureFault> ReadDatePicture(std::string_view picture);

// English names, from January and from Monday.
extern const std::string_view kMonthNames[12];
extern const std::string_view kDayNames[7];

// `timezone` is ±hhmm as a number.
std::variant<std::string, PictureFault> FormatDate(double millis, const DatePicture& picture,
                                                   double timezone);

// The milliseconds of a text; nothing where it does not fit. What the picture has not is `now`'s.
std::variant<std::optional<double>, PictureFault> ParseDate(std::string_view text,
                                                            const DatePicture& picture,
                                                            double now_millis);

}  // namespace segue::language::jsonata::functions
