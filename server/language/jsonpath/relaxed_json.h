#pragma once

#include <optional>
#include <string_view>

#include "server/base/json.h"

namespace segue::language::jsonpath {

// Reads a JSON text as json-smart does in its permissive mode, which is what Jayway reads literals
// with: texts may stand in single quotes or in none, commas may be too many, numbers may begin with
// zeros, and what follows the value does not count. Nothing where even that fails, or where it is
// nested more than 128 deep. Pure; threads: any.
std::optional<Json> ParseRelaxedJson(std::string_view text);

}  // namespace segue::language::jsonpath
