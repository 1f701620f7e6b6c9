#pragma once

#include <string>
#include <string_view>
#include <variant>

namespace segue::language::jsonata {

// Why a pattern is refused.
struct PatternFault {
  std::string why;
};

// A JavaScript pattern (without the `u` flag) in PCRE2's syntax: what only PCRE2 knows is taken by
// its letters, or refused where JavaScript refuses it.
std::variant<std::string, PatternFault> ToPcre(std::string_view pattern);

}  // namespace segue::language::jsonata
