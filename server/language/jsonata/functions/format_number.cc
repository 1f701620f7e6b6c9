#include <algorithm>
#include <cmath>
#include <string>

#include "server/language/jsonata/evaluator.h"
#include "server/language/jsonata/functions/functions.h"
#include "server/language/jsonata/functions/number_picture.h"
#include "server/language/jsonata/functions/rounding.h"
#include "server/language/jsonata/number_text.h"
#include "server/language/jsonata/utf.h"

namespace segue::language::jsonata::functions {
namespace {

using Characters = std::u32string;

Characters CharactersOf(std::string_view text) {
  Characters characters;
  for (size_t at = 0; at < text.size();) characters.push_back(NextCharacter(text, &at));
  return characters;
}

// The digits of a number, in the picture's own.
Characters Digits(double value, int fraction_digits, const DecimalFormat& format) {
  Characters digits = CharactersOf(FixedText(std::fabs(value), fraction_digits));
  for (char32_t& c : digits) {
    if (c >= U'0' && c <= U'9' && !format.zero_digit.empty()) c += format.zero_digit[0] - U'0';
  }
  return digits;
}

// A number as a mantissa of the picture's size and an exponent.
int Normalise(const NumberPicture& picture, double* mantissa) {
  const double most = std::pow(10, picture.scaling);
  const double least = std::pow(10, picture.scaling - 1);
  int exponent = 0;
  if (*mantissa == 0 || !std::isfinite(*mantissa)) return 0;
  for (; *mantissa < least && exponent > -400; --exponent) *mantissa *= 10;
  for (; *mantissa > most && exponent < 400; ++exponent) *mantissa /= 10;
  return exponent;
}

// The digits without zeros at the ends, then with as many as the picture wants. Gives the place of
// the point, which is always there.
size_t PadDigits(const NumberPicture& picture, const DecimalFormat& format, Characters* digits) {
  const char32_t zero = format.zero_digit.empty() ? U'0' : format.zero_digit[0];
  size_t point = digits->find(U'.');
  if (point == Characters::npos) {
    digits->push_back(U'.');
    point = digits->size() - 1;
  }
  const size_t first = std::min(digits->find_first_not_of(zero), point);
  digits->erase(0, first);
  point -= first;
  while (digits->size() > point + 1 && digits->back() == zero) digits->pop_back();
  const auto whole_min = static_cast<size_t>(picture.integer_digits_min);
  if (point < whole_min) {
    digits->insert(0, whole_min - point, zero);
    point = whole_min;
  }
  const size_t fraction = digits->size() - point - 1;
  const auto fraction_min = static_cast<size_t>(picture.fraction_digits_min);
  if (fraction < fraction_min) digits->append(fraction_min - fraction, zero);
  return point;
}

Characters Grouped(const Characters& whole, const NumberPicture& picture,
                   const DecimalFormat& format) {
  Characters grouped = whole;
  if (picture.regular_group > 0) {
    const auto distance = static_cast<size_t>(picture.regular_group);
    for (size_t n = whole.empty() ? 0 : (whole.size() - 1) / distance; n > 0; --n) {
      grouped.insert(grouped.size() - n * distance, format.grouping_separator);
    }
    return grouped;
  }
  size_t size = whole.size();
  for (const int position : picture.integer_groups) {
    if (static_cast<size_t>(position) > size) continue;
    grouped.insert(size - static_cast<size_t>(position), format.grouping_separator);
    ++size;
  }
  return grouped;
}

Characters GroupedFraction(const Characters& fraction, const NumberPicture& picture,
                           const DecimalFormat& format) {
  Characters grouped = fraction;
  for (const int position : picture.fraction_groups) {
    grouped.insert(std::min(static_cast<size_t>(position), grouped.size()),
                   format.grouping_separator);
  }
  return grouped;
}

}  // namespace

Characters FormatByPicture(double value, const std::vector<NumberPicture>& pictures,
                           const DecimalFormat& format) {
  NumberPicture picture = value >= 0 ? pictures[0] : pictures.back();
  if (!(value >= 0) && pictures.size() == 1) picture.prefix = format.minus_sign + picture.prefix;
  double mantissa = value;
  if (picture.text.find(format.percent) != Characters::npos) {
    mantissa *= 100;
  } else if (picture.text.find(format.per_mille) != Characters::npos) {
    mantissa *= 1000;
  }
  const bool scientific = picture.exponent_digits_min > 0;
  const int exponent = scientific ? Normalise(picture, &mantissa) : 0;
  Characters digits = Digits(RoundHalfEven(mantissa, picture.fraction_digits_max),
                             picture.fraction_digits_max, format);
  const size_t point = PadDigits(picture, format, &digits);
  Characters text = Grouped(digits.substr(0, point), picture, format);
  const Characters fraction = GroupedFraction(digits.substr(point + 1), picture, format);
  if (picture.text.find(format.decimal_separator) != Characters::npos && !fraction.empty()) {
    text += format.decimal_separator + fraction;
  }
  if (scientific) {
    Characters power = Digits(exponent, 0, format);
    const auto wanted = static_cast<size_t>(picture.exponent_digits_min);
    if (power.size() < wanted) power.insert(0, wanted - power.size(), format.zero_digit[0]);
    text += format.exponent_separator + (exponent < 0 ? format.minus_sign : Characters()) + power;
  }
  return picture.prefix + text + picture.suffix;
}

Value FormatNumber(Evaluator& evaluator, std::span<const Value> arguments) {
  if (arguments[0].is_undefined() || !arguments[1].is_string()) return Value();
  DecimalFormat format;
  if (arguments[2].is_object()) {
    ForEachMember(arguments[2], [&](std::string_view name, Value value) {
      if (value.is_string()) format.Set(name, CharactersOf(value.text()));
      return true;
    });
  }
  const std::string_view picture = arguments[1].text();
  if (!evaluator.Spend(picture.size())) return Value::Failed();
  const auto pictures = ReadNumberPictures(CharactersOf(picture), format);
  if (const auto* fault = std::get_if<PictureFault>(&pictures)) return evaluator.Fail(fault->code);
  std::string text;
  for (const char32_t c : FormatByPicture(arguments[0].number(),
                                          std::get<std::vector<NumberPicture>>(pictures), format)) {
    AppendCharacter(c, &text);
  }
  return evaluator.Keep(text);
}

}  // namespace segue::language::jsonata::functions
