#include "server/language/jsonata/number_text.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <limits>

namespace segue::language::jsonata {
namespace {

// Decimal digits d1 d2 ... dk and an exponent n: 0.d1d2...dk times ten to n.
struct Decimal {
  std::string digits;
  int point = 0;
};

Decimal ShortestDecimal(double magnitude) {
  char buffer[32];
  const auto [end, fault] =
      std::to_chars(buffer, buffer + sizeof(buffer), magnitude, std::chars_format::scientific);
  (void)fault;  // the buffer holds any double
  Decimal decimal;
  const char* at = buffer;
  for (; at != end && *at != 'e'; ++at) {
    if (*at != '.') decimal.digits.push_back(*at);
  }
  decimal.point = std::atoi(std::string(at + 1, static_cast<const char*>(end)).c_str()) + 1;
  return decimal;
}

void AppendExponent(const Decimal& decimal, std::string* out) {
  out->push_back(decimal.digits[0]);
  if (decimal.digits.size() > 1) {
    out->push_back('.');
    out->append(decimal.digits, 1);
  }
  const int exponent = decimal.point - 1;
  out->append(exponent < 0 ? "e-" : "e+");
  out->append(std::to_string(std::abs(exponent)));
}

}  // namespace

void AppendNumber(double value, std::string* out) {
  if (std::isnan(value)) {
    out->append("NaN");
    return;
  }
  if (value < 0) out->push_back('-');
  if (std::isinf(value)) {
    out->append("Infinity");
    return;
  }
  const double magnitude = std::fabs(value);
  if (magnitude < 1e15 && magnitude == std::floor(magnitude)) {
    char buffer[24];
    const auto result =
        std::to_chars(buffer, buffer + sizeof(buffer), static_cast<int64_t>(magnitude));
    out->append(buffer, result.ptr);
    return;
  }
  const Decimal decimal = ShortestDecimal(magnitude);
  const int count = static_cast<int>(decimal.digits.size());
  if (decimal.point > 21 || decimal.point <= -6) {
    AppendExponent(decimal, out);
  } else if (decimal.point >= count) {
    out->append(decimal.digits).append(static_cast<size_t>(decimal.point - count), '0');
  } else if (decimal.point > 0) {
    const auto whole = static_cast<size_t>(decimal.point);
    out->append(decimal.digits, 0, whole).append(".").append(decimal.digits, whole);
  } else {
    out->append("0.").append(static_cast<size_t>(-decimal.point), '0').append(decimal.digits);
  }
}

std::string NumberText(double value) {
  std::string text;
  AppendNumber(value, &text);
  return text;
}

double WithFifteenDigits(double value) {
  if (!std::isfinite(value) || (value == std::floor(value) && std::fabs(value) < 1e15))
    return value;
  char buffer[40];
  const auto [end, fault] =
      std::to_chars(buffer, buffer + sizeof(buffer), value, std::chars_format::scientific, 14);
  (void)fault;
  double rounded = value;
  std::from_chars(buffer, end, rounded);
  return rounded;
}

std::string FixedText(double value, int digits) {
  std::string text(400 + static_cast<size_t>(digits), '\0');
  const auto [end, fault] = std::to_chars(text.data(), text.data() + text.size(), value,
                                          std::chars_format::fixed, digits);
  (void)fault;
  text.resize(static_cast<size_t>(end - text.data()));
  return text;
}

std::string RadixText(double value, int radix) {
  if (!std::isfinite(value)) return NumberText(value);
  if (radix == 10) return NumberText(value);
  std::string digits;
  double rest = std::fabs(value);
  do {
    const int digit = static_cast<int>(std::fmod(rest, radix));
    digits.push_back("0123456789abcdefghijklmnopqrstuvwxyz"[digit]);
    rest = std::floor(rest / radix);
  } while (rest > 0);
  if (value < 0) digits.push_back('-');
  std::reverse(digits.begin(), digits.end());
  return digits;
}

double ShiftDecimal(double value, int exponent) {
  if (!std::isfinite(value)) return value;
  std::string text = NumberText(value);
  const size_t e = text.find('e');
  int64_t shifted = exponent;
  if (e != std::string::npos) {
    shifted += std::atoi(text.c_str() + e + 1);
    text.resize(e);
  }
  text += "e" + std::to_string(shifted);
  return std::strtod(text.c_str(), nullptr);
}

double RoundHalfUp(double value) {
  const double below = std::floor(value);
  return value - below >= 0.5 ? below + 1 : below;
}

double LeadingInteger(std::string_view text) {
  size_t at = text.find_first_not_of(" \t\n\r\v\f");
  if (at == std::string_view::npos) return std::numeric_limits<double>::quiet_NaN();
  const bool negative = text[at] == '-';
  if (text[at] == '-' || text[at] == '+') ++at;
  double value = 0;
  const size_t first = at;
  for (; at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at) {
    value = value * 10 + (text[at] - '0');
  }
  if (at == first) return std::numeric_limits<double>::quiet_NaN();
  return negative ? -value : value;
}

}  // namespace segue::language::jsonata
