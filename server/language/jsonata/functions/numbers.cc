#include <cctype>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <limits>

#include "server/language/jsonata/evaluator.h"
#include "server/language/jsonata/functions/functions.h"
#include "server/language/jsonata/functions/rounding.h"
#include "server/language/jsonata/number_text.h"

namespace segue::language::jsonata::functions {
namespace {

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// /^-?[0-9]+(\.[0-9]+)?([Ee][-+]?[0-9]+)?$/
bool IsDecimal(std::string_view text) {
  size_t at = 0;
  const auto digits = [&] {
    const size_t start = at;
    while (at < text.size() && IsDigit(text[at])) ++at;
    return at > start;
  };
  if (at < text.size() && text[at] == '-') ++at;
  if (!digits()) return false;
  if (at < text.size() && text[at] == '.') {
    ++at;
    if (!digits()) return false;
  }
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    ++at;
    if (at < text.size() && (text[at] == '-' || text[at] == '+')) ++at;
    if (!digits()) return false;
  }
  return at == text.size();
}

// A number with a prefix: 0x, 0o, 0b. NaN where the digits are none of its base.
double Prefixed(std::string_view text, int base) {
  double value = 0;
  for (const char c : text.substr(2)) {
    const int lower = std::tolower(static_cast<unsigned char>(c));
    const int digit = IsDigit(c) ? c - '0' : lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : 99;
    if (digit >= base) return std::numeric_limits<double>::quiet_NaN();
    value = value * base + digit;
  }
  return value;
}

int BaseOf(std::string_view text) {
  if (text.size() < 3 || text[0] != '0') return 0;
  switch (text[1]) {
    case 'x':
    case 'X':
      return 16;
    case 'o':
    case 'O':
      return 8;
    case 'b':
    case 'B':
      return 2;
    default:
      return 0;
  }
}

// /^(0[xX][0-9A-Fa-f]+)|(0[oO][0-7]+)|(0[bB][0-1]+)$/, in which only the first alternative is bound
// to the begin, and only the last to the end.
bool LooksPrefixed(std::string_view text) {
  const auto is_prefix = [&](size_t at, char letter) {
    return text.substr(at, 1) == "0" && at + 2 < text.size() && (text[at + 1] | 0x20) == letter;
  };
  if (is_prefix(0, 'x') && std::isxdigit(static_cast<unsigned char>(text[2])) != 0) return true;
  for (size_t at = 0; at < text.size(); ++at) {
    if (is_prefix(at, 'o') && text[at + 2] >= '0' && text[at + 2] <= '7') return true;
    if (is_prefix(at, 'b') && text.find_first_not_of("01", at + 2) == std::string_view::npos) {
      return true;
    }
  }
  return false;
}

template <typename F>
Value Apply(Value number, F function) {
  return number.is_undefined() ? Value() : Value::Number(function(number.number()));
}

}  // namespace

// Half to even, as the reference rounds.
double RoundHalfEven(double value, int precision) {
  double scaled = precision != 0 ? ShiftDecimal(value, precision) : value;
  double rounded = RoundHalfUp(scaled);
  if (std::fabs(rounded - scaled) == 0.5 && std::fabs(std::fmod(rounded, 2)) == 1) rounded -= 1;
  if (precision != 0) rounded = ShiftDecimal(rounded, -precision);
  return rounded == 0 ? 0 : rounded;  // never -0
}

Value Number(Evaluator& evaluator, std::span<const Value> arguments) {
  const Value value = arguments[0];
  if (value.is_undefined() || value.is_number()) return value;
  if (value.is_bool()) return Value::Number(value.bool_value() ? 1 : 0);
  if (value.is_string()) {
    const std::string text(value.text());
    if (IsDecimal(text)) {
      const double number = std::strtod(text.c_str(), nullptr);
      if (std::isfinite(number)) return Value::Number(number);
    } else if (LooksPrefixed(text)) {
      const int base = BaseOf(text);
      return Value::Number(base == 0 ? std::numeric_limits<double>::quiet_NaN()
                                     : Prefixed(text, base));
    }
  }
  return evaluator.Fail({.code = "D3030", .value = value, .index = 1});
}

Value Floor(Evaluator&, std::span<const Value> arguments) {
  return Apply(arguments[0], [](double x) { return std::floor(x); });
}

Value Ceil(Evaluator&, std::span<const Value> arguments) {
  return Apply(arguments[0], [](double x) { return std::ceil(x); });
}

Value Round(Evaluator&, std::span<const Value> arguments) {
  const double wanted = arguments[1].is_number() ? arguments[1].number() : 0;
  const int precision = std::fabs(wanted) < 1000 ? static_cast<int>(wanted)
                        : wanted < 0             ? -1000
                                                 : 1000;
  return Apply(arguments[0], [precision](double x) { return RoundHalfEven(x, precision); });
}

Value Abs(Evaluator&, std::span<const Value> arguments) {
  return Apply(arguments[0], [](double x) { return std::fabs(x); });
}

Value Sqrt(Evaluator& evaluator, std::span<const Value> arguments) {
  if (arguments[0].is_number() && arguments[0].number() < 0) {
    return evaluator.Fail({.code = "D3060", .value = arguments[0], .index = 1});
  }
  return Apply(arguments[0], [](double x) { return std::sqrt(x); });
}

Value Power(Evaluator& evaluator, std::span<const Value> arguments) {
  if (arguments[0].is_undefined()) return Value();
  const double result = arguments[1].is_number()
                            ? std::pow(arguments[0].number(), arguments[1].number())
                            : std::numeric_limits<double>::quiet_NaN();
  if (std::isfinite(result)) return Value::Number(result);
  return evaluator.Fail(
      {.code = "D3061", .value = arguments[0], .value2 = arguments[1], .index = 1});
}

Value RandomNumber(Evaluator& evaluator, std::span<const Value>) {
  return Value::Number(evaluator.environment().random.Uniform());
}

Value FormatBase(Evaluator& evaluator, std::span<const Value> arguments) {
  if (arguments[0].is_undefined()) return Value();
  const double value = RoundHalfEven(arguments[0].number(), 0);
  const double radix = arguments[1].is_number() ? RoundHalfEven(arguments[1].number(), 0) : 10;
  if (!(radix >= 2 && radix <= 36)) {
    return evaluator.Fail({.code = "D3100", .value = Value::Number(radix)});
  }
  return evaluator.Keep(RadixText(value, static_cast<int>(radix)));
}

}  // namespace segue::language::jsonata::functions
