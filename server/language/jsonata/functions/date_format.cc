#include <cmath>

#include "server/language/jsonata/functions/calendar.h"
#include "server/language/jsonata/functions/date_picture.h"
#include "server/language/jsonata/number_text.h"
#include "server/language/jsonata/utf.h"

namespace segue::language::jsonata::functions {
namespace {

using Text = std::variant<std::string, PictureFault>;

std::string InNames(std::string_view name, const DatePicture::Part& part) {
  std::string text(name);
  if (part.names == DatePicture::Names::kUpper) text = ToUpper(name);
  if (part.names == DatePicture::Names::kLower) text = ToLower(name);
  if (part.width_max && text.size() > static_cast<size_t>(*part.width_max)) {
    text.resize(static_cast<size_t>(*part.width_max));
  }
  return text;
}

Text FormatNamed(double value, const DatePicture::Part& part) {
  const bool month = part.component == 'M' || part.component == 'x';
  if (!month && part.component != 'F') {
    return PictureFault{"D3133", std::string(1, part.component)};
  }
  if (std::isnan(value)) return std::string("undefined");
  const auto index = static_cast<size_t>(value) - 1;
  return InNames(month ? kMonthNames[index] : kDayNames[index], part);
}

struct Zone {
  double hours;
  double minutes;
};

Text FormatZone(Zone zone, const DatePicture::Part& part) {
  const double offset = zone.hours * 100 + zone.minutes;
  const IntegerFormat& format = *part.integer;
  const int digits = format.mandatory_digits;
  Text text;
  if (format.regular > 0 || digits == 3 || digits == 4) {
    text = FormatWhole(offset, format);
  } else if (digits == 1 || digits == 2) {
    text = FormatWhole(zone.hours, format);
    if (zone.minutes != 0) {
      IntegerFormat two;
      two.mandatory_digits = 2;
      const Text minutes = FormatWhole(zone.minutes, two);
      std::get<std::string>(text) += ":" + std::get<std::string>(minutes);
    }
  } else {
    return PictureFault{"D3134", NumberText(digits)};
  }
  if (std::holds_alternative<PictureFault>(text)) return text;
  std::string shown = (offset >= 0 ? "+" : "") + std::get<std::string>(text);
  if (part.component == 'z') shown = "GMT" + shown;
  if (offset == 0 && part.modifier == 't') shown = "Z";
  return shown;
}

Text FormatPart(double millis, Zone zone, const DatePicture::Part& part) {
  switch (part.component) {
    case 'Z':
    case 'z':
      if (!part.integer) return std::string("undefined");
      return FormatZone(zone, part);
    case 'P': {
      const std::string_view half = Component(millis, 'P') == 1 ? "pm" : "am";
      return part.names == DatePicture::Names::kUpper ? ToUpper(half) : std::string(half);
    }
    case 'C':
    case 'E':
      return std::string("ISO");
    default:
      break;
  }
  if (std::string_view("YMDdFWwXxHhmsf").find(part.component) == std::string_view::npos) {
    return std::string("undefined");
  }
  double value = Component(millis, part.component);
  if (part.component == 'Y' && part.digits != -1 && part.integer) {
    value = std::fmod(value, std::pow(10, part.digits));
  }
  if (part.names != DatePicture::Names::kNone) return FormatNamed(value, part);
  return FormatWhole(value, *part.integer);
}

}  // namespace

Text FormatDate(double millis, const DatePicture& picture, double timezone) {
  // As the reference takes it apart: below zero, hours and minutes go different ways.
  const Zone zone{std::floor(timezone / 100), std::fmod(timezone, 100)};
  const double local = millis + (60 * zone.hours + zone.minutes) * 60 * 1000;
  std::string result;
  for (const DatePicture::Part& part : picture.parts) {
    if (part.component == 0) {
      result += part.literal;
      continue;
    }
    Text text = FormatPart(local, zone, part);
    if (std::holds_alternative<PictureFault>(text)) return text;
    result += std::get<std::string>(text);
  }
  return result;
}

}  // namespace segue::language::jsonata::functions
