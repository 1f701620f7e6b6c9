#pragma once

#include <string>
#include <string_view>

namespace segue::language::jsonata {

// Numbers as JavaScript writes and reads them (ECMAScript, "Number::toString" and its neighbours).

// The shortest text that reads back as `value`: "1", "0.1", "1e+21", "NaN", "Infinity".
std::string NumberText(double value);
void AppendNumber(double value, std::string* out);

// `value` with 15 significant digits kept, as $string shows it.
double WithFifteenDigits(double value);

// With exactly `digits` after the point: Number.prototype.toFixed, with more digits where asked.
std::string FixedText(double value, int digits);

// In the base `radix` (2 to 36).
std::string RadixText(double value, int radix);

// `value` times ten to `exponent`, by way of the text, so that 1.005 by 2 is 100.5.
double ShiftDecimal(double value, int exponent);

// The nearest integer; the larger of two as near (Math.round).
double RoundHalfUp(double value);

// The integer that `text` begins with, after blanks; NaN where there is none (parseInt).
double LeadingInteger(std::string_view text);

}  // namespace segue::language::jsonata
