#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "server/base/json.h"

namespace segue::language::intrinsics {

// A number as Java's Math.round gives it, halves up: AWS rounds the numbers that its functions take
// (recorded: MathAdd(1.49, 1.5) is 3, MathAdd(-1.5, 0) is -1). Nothing where it is no number or
// does not fit.
std::optional<int64_t> Rounded(const Json& value);

// How many characters (code points) a text has.
size_t CharacterCount(std::string_view text);

// The most characters that States.Base64Encode, Base64Decode and Hash take.
inline constexpr size_t kTextCharactersMax = 10'000;

}  // namespace segue::language::intrinsics
