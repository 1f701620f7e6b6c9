#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "server/language/jsonata/functions/integer_format.h"

namespace segue::language::jsonata::functions {

// The characters that number pictures are written with (XPath Functions 3.1, "Defining a decimal
// format").
struct DecimalFormat {
  std::u32string decimal_separator = U".";
  std::u32string grouping_separator = U",";
  std::u32string exponent_separator = U"e";
  std::u32string minus_sign = U"-";
  std::u32string percent = U"%";
  std::u32string per_mille = U"\u2030";
  std::u32string zero_digit = U"0";
  std::u32string digit = U"#";
  std::u32string pattern_separator = U";";

  // Sets the property that the language names so; others are passed over.
  void Set(std::string_view name, std::u32string value);

  // Whether `c` is one of the ten digits.
  bool IsDigit(char32_t c) const {
    return !zero_digit.empty() && c >= zero_digit[0] && c < zero_digit[0] + 10;
  }
  bool IsOptionalDigit(char32_t c) const { return digit.size() == 1 && c == digit[0]; }
  // Whether `c` says how digits are laid out, rather than standing for itself.
  bool IsActive(char32_t c) const;
};

// One of the at most two pictures, for positive and for negative numbers, taken apart.
struct NumberPicture {
  std::u32string prefix;
  std::u32string suffix;
  std::u32string text;
  std::vector<int> integer_groups;   // positions of separators, in digits from the right
  std::vector<int> fraction_groups;  // from the left
  int regular_group = 0;             // above 0: a separator after each so many
  int integer_digits_min = 0;
  int fraction_digits_min = 0;
  int fraction_digits_max = 0;
  int exponent_digits_min = 0;
  int scaling = 0;
};

// One or two.
std::variant<std::vector<NumberPicture>, PictureFault> ReadNumberPictures(
    const std::u32string& picture, const DecimalFormat& format);

std::u32string FormatByPicture(double value, const std::vector<NumberPicture>& pictures,
                               const DecimalFormat& format);

}  // namespace segue::language::jsonata::functions
