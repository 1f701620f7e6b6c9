#pragma once

#include <string_view>

namespace segue::language::jsonata::functions {

// Whether a text looks like a date of ISO 8601, as $toMillis without a picture demands.
bool IsIsoDate(std::string_view text);

// Date.parse of such a text; UTC where it names no zone. NaN where it is no date after all.
double ParseIsoDate(std::string_view text);

}  // namespace segue::language::jsonata::functions
