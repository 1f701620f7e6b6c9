#pragma once

namespace segue::language::jsonata::functions {

// `value` with `precision` digits after the point (before it where negative), half to even.
double RoundHalfEven(double value, int precision);

}  // namespace segue::language::jsonata::functions
