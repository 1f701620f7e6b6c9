#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace segue::language::jsonata::functions {

// What is wrong with a picture: a code, and the text that its message shows.
struct PictureFault {
  std::string_view code;
  std::string value = {};
};

// An integer picture, taken apart (XPath Functions 3.1, "fn:format-integer").
struct IntegerFormat {
  enum class Primary : uint8_t { kDecimal, kLetters, kRoman, kWords, kSequence };
  enum class Case : uint8_t { kUpper, kLower, kTitle };
  struct Separator {
    int position = 0;  // in digits, from the right
    char32_t character = 0;
  };

  Primary primary = Primary::kDecimal;
  Case letter_case = Case::kLower;
  bool ordinal = false;
  char32_t zero = U'0';
  int mandatory_digits = 0;
  int optional_digits = 0;
  // Above 0: a separator after each so many digits, the first of `separators`.
  int regular = 0;
  std::vector<Separator> separators;
  std::string sequence;  // the picture of a kind that is not supported
};

std::variant<IntegerFormat, PictureFault> ReadIntegerPicture(std::string_view picture);

std::variant<std::string, PictureFault> FormatWhole(double value, const IntegerFormat& format);
// NaN where the text is no such number.
std::variant<double, PictureFault> ParseWhole(std::string_view text, const IntegerFormat& format);

}  // namespace segue::language::jsonata::functions
