#include "server/language/jsonata/functions/date_picture.h"

#include <cmath>

#include "server/language/jsonata/number_text.h"

namespace segue::language::jsonata::functions {
namespace {

constexpr std::string_view kWithInteger = "YMDdFWwXxHhmsf";

// What a component looks like where the picture does not say.
std::string_view DefaultPresentation(char component) {
  switch (component) {
    case 'Y':
    case 'M':
    case 'D':
    case 'd':
    case 'W':
    case 'w':
    case 'X':
    case 'x':
    case 'H':
    case 'h':
    case 'f':
      return "1";
    case 'F':
    case 'P':
    case 'C':
    case 'E':
      return "n";
    case 'm':
    case 's':
      return "01";
    case 'Z':
    case 'z':
      return "01:01";
    default:
      return "";
  }
}

class Reader {
 public:
  explicit Reader(std::string_view picture) : picture_(picture) {}

  std::variant<DatePicture, PictureFault> Run() {
    size_t start = 0;
    size_t at = 0;
    while (at < picture_.size()) {
      if (picture_[at] != '[') {
        ++at;
        continue;
      }
      AddLiteral(start, at);
      if (picture_.substr(at + 1, 1) == "[") {
        result_.parts.push_back({.literal = "["});
        at += 2;
      } else {
        const size_t end = picture_.find(']', at);
        if (end == std::string_view::npos) return PictureFault{"D3135"};
        if (auto fault = AddMarker(picture_.substr(at + 1, end - at - 1))) return *fault;
        at = end + 1;
      }
      start = at;
    }
    AddLiteral(start, at);
    return std::move(result_);
  }

 private:
  void AddLiteral(size_t start, size_t end) {
    if (end <= start) return;
    std::string literal;
    for (size_t at = start; at < end; ++at) {
      literal.push_back(picture_[at]);
      if (picture_[at] == ']' && at + 1 < end && picture_[at + 1] == ']') ++at;
    }
    result_.parts.push_back({.literal = std::move(literal)});
  }

  std::optional<PictureFault> AddMarker(std::string_view text) {
    std::string marker;
    for (const char c : text) {
      if (std::string_view(" \t\n\r\f\v").find(c) == std::string_view::npos) marker.push_back(c);
    }
    DatePicture::Part part;
    part.component = marker.empty() ? '\0' : marker[0];
    std::string presentation = marker.empty() ? "" : marker.substr(1);
    std::optional<int> width_min;
    if (const size_t comma = marker.rfind(','); comma != std::string::npos) {
      presentation = marker.substr(std::min<size_t>(1, comma), comma - std::min<size_t>(1, comma));
      ReadWidth(marker.substr(comma + 1), &width_min, &part.width_max);
    }
    if (presentation.size() > 1 &&
        std::string_view("atco").find(presentation.back()) != std::string_view::npos) {
      part.modifier = presentation.back();
      presentation.pop_back();
    }
    if (presentation.empty()) presentation = DefaultPresentation(part.component);
    if (presentation.empty()) {
      return PictureFault{"D3132", std::string(part.component == 0 ? 0 : 1, part.component)};
    }
    auto fault = Present(presentation, width_min, &part);
    if (!fault) result_.parts.push_back(std::move(part));
    return fault;
  }

  static void ReadWidth(const std::string& text, std::optional<int>* min, std::optional<int>* max) {
    const auto read = [](std::string_view width) -> std::optional<int> {
      const double value = LeadingInteger(width);
      if (std::isnan(value)) return std::nullopt;
      return static_cast<int>(std::fmin(value, 100));
    };
    const size_t dash = text.find('-');
    *min = read(text.substr(0, dash));
    if (dash != std::string::npos) *max = read(text.substr(dash + 1));
  }

  // As names, or as a number.
  static std::optional<PictureFault> Present(const std::string& presentation,
                                             std::optional<int> width_min,
                                             DatePicture::Part* part) {
    const bool zone = part->component == 'Z' || part->component == 'z';
    if (presentation[0] == 'n') {
      part->names = DatePicture::Names::kLower;
    } else if (presentation[0] == 'N') {
      part->names = presentation.substr(1, 1) == "n" ? DatePicture::Names::kTitle
                                                     : DatePicture::Names::kUpper;
    } else if (kWithInteger.find(part->component) != std::string_view::npos) {
      std::string integer = presentation;
      if (part->modifier != 0) integer += std::string(";") + part->modifier;
      return PresentInteger(integer, width_min, part);
    }
    if (!zone) return std::nullopt;
    auto read = ReadIntegerPicture(presentation);
    if (auto* fault = std::get_if<PictureFault>(&read)) return std::move(*fault);
    part->integer = std::get<IntegerFormat>(std::move(read));
    return std::nullopt;
  }

  static std::optional<PictureFault> PresentInteger(std::string_view picture,
                                                    std::optional<int> width_min,
                                                    DatePicture::Part* part) {
    auto read = ReadIntegerPicture(picture);
    if (auto* fault = std::get_if<PictureFault>(&read)) return std::move(*fault);
    IntegerFormat& format = part->integer.emplace(std::get<IntegerFormat>(std::move(read)));
    if (width_min && format.primary == IntegerFormat::Primary::kDecimal &&
        format.mandatory_digits < *width_min) {
      format.mandatory_digits = *width_min;
    }
    if (std::string_view("YMD").find(part->component) == std::string_view::npos) {
      return std::nullopt;
    }
    part->digits = -1;
    const int digits = format.mandatory_digits + format.optional_digits;
    if (part->width_max) {
      part->digits = *part->width_max;
      format.mandatory_digits = part->digits;
    } else if (digits >= 2) {
      part->digits = digits;
    }
    return std::nullopt;
  }

  const std::string_view picture_;
  DatePicture result_;
};

}  // namespace

const std::string_view kMonthNames[12] = {"January",   "February", "March",    "April",
                                          "May",       "June",     "July",     "August",
                                          "September", "October",  "November", "December"};
const std::string_view kDayNames[7] = {"Monday", "Tuesday",  "Wednesday", "Thursday",
                                       "Friday", "Saturday", "Sunday"};

std::variant<DatePicture, PictureFault> ReadDatePicture(std::string_view picture) {
  return Reader(picture).Run();
}

}  // namespace segue::language::jsonata::functions
