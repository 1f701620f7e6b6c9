#include <array>
#include <cmath>
#include <limits>

#include "server/language/jsonata/functions/calendar.h"
#include "server/language/jsonata/functions/date_match.h"
#include "server/language/jsonata/functions/date_picture.h"
#include "server/language/jsonata/number_text.h"

namespace segue::language::jsonata::functions {
namespace {

// The values that a text gave, by component.
class Components {
 public:
  Components() { values_.fill(std::nullopt); }

  std::optional<double> Get(char component) const { return values_[Index(component)]; }
  double Value(char component) const {
    return Get(component).value_or(std::numeric_limits<double>::quiet_NaN());
  }
  void Set(char component, double value) { values_[Index(component)] = value; }

  bool empty() const {
    for (const auto& value : values_) {
      if (value) return false;
    }
    return true;
  }

  // Whether those of `components` that there are, are all among `allowed`, and there is one.
  bool AreOf(std::string_view components, std::string_view allowed) const {
    bool any = false;
    for (const char component : components) {
      // As the reference asks: 0 counts as not given.
      const double value = Get(component).value_or(0);
      if (value == 0 || std::isnan(value)) continue;
      if (allowed.find(component) == std::string_view::npos) return false;
      any = true;
    }
    return any;
  }

 private:
  static size_t Index(char component) { return static_cast<unsigned char>(component) & 0x7F; }

  std::array<std::optional<double>, 128> values_;
};

// Minutes.
double ParseZone(std::string_view text, const DatePicture::Part& part) {
  if (part.component == 'z') text.remove_prefix(3);
  if (const char separator = ZoneSeparator(part); separator != 0) {
    const size_t at = text.find(separator);
    return LeadingInteger(text.substr(0, at)) * 60 + LeadingInteger(text.substr(at + 1));
  }
  if (text.size() - 1 <= 2) return LeadingInteger(text) * 60;
  return LeadingInteger(text.substr(0, 3)) * 60 + LeadingInteger(text.substr(3));
}

std::optional<double> ParseName(std::string_view text, const DatePicture::Part& part) {
  if (part.component == 'P') {
    if (text == "am" || text == "AM") return 0;
    if (text == "pm" || text == "PM") return 1;
    return std::nullopt;
  }
  const bool days = part.component == 'F';
  const size_t count = days ? std::size(kDayNames) : std::size(kMonthNames);
  for (size_t i = 0; i < count; ++i) {
    std::string_view name = days ? kDayNames[i] : kMonthNames[i];
    if (part.width_max && *part.width_max > 0) {
      name = name.substr(0, static_cast<size_t>(*part.width_max));
    }
    if (name == text) return static_cast<double>(i + 1);
  }
  return std::nullopt;
}

std::optional<double> ParsePart(std::string_view text, const DatePicture::Part& part) {
  if (part.component == 'Z' || part.component == 'z') return ParseZone(text, part);
  if (!part.integer) return ParseName(text, part);
  const auto value = ParseWhole(text, *part.integer);
  return std::holds_alternative<double>(value) ? std::optional(std::get<double>(value))
                                               : std::nullopt;
}

// Fills in what the text has not: what is larger than all it has is now's, what is smaller is the
// least. Nothing may be left out in between.
bool FillIn(std::string_view order, double now_millis, Components* components) {
  bool start = false;
  bool end = false;
  for (const char component : order) {
    if (components->Get(component)) {
      start = true;
      if (end) return false;
    } else if (start) {
      components->Set(component, std::string_view("MDd").find(component) != std::string_view::npos);
      end = true;
    } else {
      components->Set(component, Component(now_millis, component));
    }
  }
  return true;
}

std::variant<std::optional<double>, PictureFault> Combine(Components components,
                                                          double now_millis) {
  constexpr std::string_view kDate = "YXMxWwdD";
  constexpr std::string_view kTime = "PHhmsf";
  const bool by_day_of_year = !components.AreOf(kDate, "YMD") && components.AreOf(kDate, "Yd");
  const bool by_month_week = components.AreOf(kDate, "Xxw");
  const bool by_week = !by_month_week && components.AreOf(kDate, "XW");
  const bool twelve_hours = !components.AreOf(kTime, "Hmsf") && components.AreOf(kTime, "Phmsf");
  std::string order = by_day_of_year ? "YD" : by_month_week ? "XxwF" : by_week ? "XWF" : "YMD";
  order += twelve_hours ? "Phmsf" : "Hmsf";
  if (!FillIn(order, now_millis, &components)) return PictureFault{"D3136"};
  const double month = components.Get('M').value_or(0);
  components.Set('M', month > 0 ? month - 1 : 0);
  if (by_day_of_year) {
    const double first = UtcMillis(components.Value('Y'), 0);
    const double millis = first + (components.Value('d') - 1) * 86400000;
    if (IsDate(millis)) {
      components.Set('M', PartsOf(millis).month);
      components.Set('D', PartsOf(millis).day);
    }
  }
  if (by_month_week || by_week) return PictureFault{"D3136"};
  if (twelve_hours) {
    const double hour = components.Value('h');
    components.Set('H', (hour == 12 ? 0 : hour) + (components.Value('P') == 1 ? 12 : 0));
  }
  double millis = UtcMillis(components.Value('Y'), components.Value('M'), components.Value('D'),
                            components.Value('H'), components.Value('m'), components.Value('s'),
                            components.Value('f'));
  const double zone = components.Get('Z').value_or(0);
  millis -= (zone != 0 ? zone : components.Get('z').value_or(0)) * 60 * 1000;
  return std::optional(millis);
}

}  // namespace

std::variant<std::optional<double>, PictureFault> ParseDate(std::string_view text,
                                                            const DatePicture& picture,
                                                            double now_millis) {
  const auto placed = PlaceParts(text, picture);
  if (const auto* fault = std::get_if<PictureFault>(&placed)) return *fault;
  const auto& places = std::get<std::vector<std::string_view>>(placed);
  Components components;
  for (size_t i = 0; i < places.size(); ++i) {
    if (picture.parts[i].component == 0) continue;
    const auto value = ParsePart(places[i], picture.parts[i]);
    if (value) components.Set(picture.parts[i].component, *value);
  }
  if (components.empty()) return std::optional<double>();
  return Combine(std::move(components), now_millis);
}

}  // namespace segue::language::jsonata::functions
