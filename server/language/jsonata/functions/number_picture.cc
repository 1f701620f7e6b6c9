#include "server/language/jsonata/functions/number_picture.h"

#include <algorithm>
#include <numeric>
#include <optional>
#include <utility>

namespace segue::language::jsonata::functions {
namespace {

using Characters = std::u32string;
constexpr size_t kNone = Characters::npos;

bool Is(const Characters& property, char32_t c) { return property.size() == 1 && property[0] == c; }

// A picture's parts, before they are checked.
struct Parts {
  Characters text;
  Characters prefix;
  Characters suffix;
  Characters active;
  Characters mantissa;
  std::optional<Characters> exponent;
  Characters integer;
  Characters fraction;
};

std::optional<Parts> Split(const Characters& text, const DecimalFormat& format) {
  const auto active = [&](char32_t c) {
    return format.IsActive(c) && !Is(format.exponent_separator, c);
  };
  const auto first = std::find_if(text.begin(), text.end(), active);
  if (first == text.end()) return std::nullopt;
  const auto last = std::find_if(text.rbegin(), text.rend(), active).base();
  Parts parts;
  parts.text = text;
  parts.prefix.assign(text.begin(), first);
  parts.suffix.assign(last, text.end());
  parts.active.assign(first, last);
  const size_t exponent = text.find(format.exponent_separator, parts.prefix.size());
  if (exponent == kNone || exponent > text.size() - parts.suffix.size()) {
    parts.mantissa = parts.active;
  } else {
    // The reference counts this place from the begin of the picture, prefix and all.
    parts.mantissa = parts.active.substr(0, exponent);
    parts.exponent =
        exponent < parts.active.size() ? parts.active.substr(exponent + 1) : Characters();
  }
  const size_t point = parts.mantissa.find(format.decimal_separator);
  parts.integer = parts.mantissa.substr(0, point);
  parts.fraction = point == kNone ? parts.suffix : parts.mantissa.substr(point + 1);
  return parts;
}

bool IsRepeated(const Characters& text, const Characters& property) {
  return text.find(property) != text.rfind(property);
}

bool HasDigit(const Characters& text, const DecimalFormat& format) {
  return std::any_of(text.begin(), text.end(), [&](char32_t c) { return format.IsDigit(c); });
}

// The checks of the specification, in the reference's order; the last that fails is the one told.
std::string_view Check(const Parts& parts, const DecimalFormat& format) {
  const Characters& text = parts.text;
  const bool percent = text.find(format.percent) != kNone;
  const bool per_mille = text.find(format.per_mille) != kNone;
  const Characters& group = format.grouping_separator;
  std::string_view fault;
  const auto refuse = [&fault](auto refused, std::string_view code) {
    if (refused) fault = code;
  };
  refuse(IsRepeated(text, format.decimal_separator), "D3081");
  refuse(IsRepeated(text, format.percent), "D3082");
  refuse(IsRepeated(text, format.per_mille), "D3083");
  refuse(percent && per_mille, "D3084");
  refuse(std::none_of(parts.mantissa.begin(), parts.mantissa.end(),
                      [&](char32_t c) { return format.IsDigit(c) || format.IsOptionalDigit(c); }),
         "D3085");
  refuse(!std::all_of(parts.active.begin(), parts.active.end(),
                      [&](char32_t c) { return format.IsActive(c); }),
         "D3086");
  const size_t point = text.find(format.decimal_separator);
  if (point != kNone) {
    const auto grouping_at = [&](size_t at) { return at < text.size() && Is(group, text[at]); };
    refuse(grouping_at(point - 1) || grouping_at(point + 1), "D3087");
  } else {
    refuse(!parts.integer.empty() && Is(group, parts.integer.back()), "D3088");
  }
  refuse(text.find(group + group) != kNone, "D3089");
  const size_t optional = parts.integer.find(format.digit);
  refuse(optional != kNone && HasDigit(parts.integer.substr(0, optional), format), "D3090");
  const size_t last_optional = parts.fraction.rfind(format.digit);
  refuse(last_optional != kNone && HasDigit(parts.fraction.substr(last_optional), format), "D3091");
  if (!parts.exponent) return fault;
  refuse(!parts.exponent->empty() && (percent || per_mille), "D3092");
  refuse(parts.exponent->empty() || !std::all_of(parts.exponent->begin(), parts.exponent->end(),
                                                 [&](char32_t c) { return format.IsDigit(c); }),
         "D3093");
  return fault;
}

enum class Side { kRight, kLeft };

// How many digits stand on one side of each separator of `part`.
std::vector<int> GroupPositions(const Characters& part, const Characters& integer, Side side,
                                const DecimalFormat& format) {
  std::vector<int> positions;
  for (size_t at = part.find(format.grouping_separator); at != kNone;
       // The reference goes on in the integer part, whichever it began in.
       at = integer.find(format.grouping_separator, at + 1)) {
    const Characters counted = side == Side::kLeft ? part.substr(0, at)
                               : at < part.size()  ? part.substr(at)
                                                   : Characters();
    positions.push_back(
        static_cast<int>(std::count_if(counted.begin(), counted.end(), [&](char32_t c) {
          return format.IsDigit(c) || format.IsOptionalDigit(c);
        })));
  }
  return positions;
}

int RegularGroup(const std::vector<int>& positions) {
  if (positions.empty()) return 0;
  int factor = 0;
  for (const int position : positions) factor = std::gcd(factor, position);
  for (size_t i = 1; i <= positions.size(); ++i) {
    const int wanted = static_cast<int>(i) * factor;
    if (std::find(positions.begin(), positions.end(), wanted) == positions.end()) return 0;
  }
  return factor;
}

int CountDigits(const Characters& text, const DecimalFormat& format) {
  return static_cast<int>(
      std::count_if(text.begin(), text.end(), [&](char32_t c) { return format.IsDigit(c); }));
}

NumberPicture Analyse(const Parts& parts, const DecimalFormat& format) {
  NumberPicture picture;
  picture.prefix = parts.prefix;
  picture.suffix = parts.suffix;
  picture.text = parts.text;
  picture.integer_groups = GroupPositions(parts.integer, parts.integer, Side::kRight, format);
  picture.regular_group = RegularGroup(picture.integer_groups);
  picture.fraction_groups = GroupPositions(parts.fraction, parts.integer, Side::kLeft, format);
  picture.integer_digits_min = CountDigits(parts.integer, format);
  picture.scaling = picture.integer_digits_min;
  picture.fraction_digits_min = CountDigits(parts.fraction, format);
  picture.fraction_digits_max =
      picture.fraction_digits_min +
      static_cast<int>(std::count_if(parts.fraction.begin(), parts.fraction.end(),
                                     [&](char32_t c) { return format.IsOptionalDigit(c); }));
  const bool exponent = parts.exponent.has_value();
  if (picture.integer_digits_min == 0 && picture.fraction_digits_max == 0) {
    if (exponent) {
      picture.fraction_digits_min = 1;
      picture.fraction_digits_max = 1;
    } else {
      picture.integer_digits_min = 1;
    }
  }
  if (exponent && picture.integer_digits_min == 0 && parts.integer.find(format.digit) != kNone) {
    picture.integer_digits_min = 1;
  }
  if (picture.integer_digits_min == 0 && picture.fraction_digits_min == 0) {
    picture.fraction_digits_min = 1;
  }
  if (exponent) picture.exponent_digits_min = CountDigits(*parts.exponent, format);
  return picture;
}

}  // namespace

void DecimalFormat::Set(std::string_view name, std::u32string value) {
  const std::pair<std::string_view, std::u32string*> properties[] = {
      {"decimal-separator", &decimal_separator},
      {"grouping-separator", &grouping_separator},
      {"exponent-separator", &exponent_separator},
      {"minus-sign", &minus_sign},
      {"percent", &percent},
      {"per-mille", &per_mille},
      {"zero-digit", &zero_digit},
      {"digit", &digit},
      {"pattern-separator", &pattern_separator}};
  for (const auto& [property, member] : properties) {
    if (property == name) *member = std::move(value);
  }
}

bool DecimalFormat::IsActive(char32_t c) const {
  return IsDigit(c) || Is(decimal_separator, c) || Is(exponent_separator, c) ||
         Is(grouping_separator, c) || Is(digit, c) || Is(pattern_separator, c);
}

std::variant<std::vector<NumberPicture>, PictureFault> ReadNumberPictures(
    const Characters& picture, const DecimalFormat& format) {
  std::vector<Characters> texts(1);
  const Characters& separator = format.pattern_separator;
  for (size_t at = 0; at < picture.size();) {
    if (!separator.empty() && picture.compare(at, separator.size(), separator) == 0) {
      texts.emplace_back();
      at += separator.size();
    } else {
      texts.back().push_back(picture[at++]);
    }
  }
  if (texts.size() > 2) return PictureFault{"D3080"};
  std::vector<Parts> split;
  for (const Characters& text : texts) {
    std::optional<Parts> parts = Split(text, format);
    if (!parts) return PictureFault{"D3085"};
    split.push_back(*std::move(parts));
  }
  std::vector<NumberPicture> pictures;
  for (const Parts& parts : split) {
    if (const std::string_view fault = Check(parts, format); !fault.empty()) {
      return PictureFault{fault};
    }
    pictures.push_back(Analyse(parts, format));
  }
  return pictures;
}

}  // namespace segue::language::jsonata::functions
