#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "server/base/json.h"

namespace segue::cli {

// Reads JSON as Json::Parse does, and also where a string holds half of a surrogate pair
// ("\ud800"), which JSON can write and UTF-8 cannot: such a half becomes three bytes, as if it were
// a character.
absl::StatusOr<Json> ReadJsonText(std::string_view text);

// JSON text on one line, with such halves as escapes again.
std::string WriteJsonText(const Json& value);
// The same over several lines.
std::string WritePrettyJsonText(const Json& value);

}  // namespace segue::cli
