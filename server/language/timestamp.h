#pragma once

#include <optional>
#include <string_view>

#include "absl/time/time.h"

namespace segue::language {

// The instant that an RFC 3339 timestamp names, with the States Language's restrictions: upper-case
// T and Z
// ("Timestamps"). Nothing where `text` is no such timestamp.
std::optional<absl::Time> ParseTimestamp(std::string_view text);

}  // namespace segue::language
