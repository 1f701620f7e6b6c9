#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace segue {

// The one of `names` that somebody who wrote `word` most likely meant: at most two letters (added,
// left out or changed) away. Nothing where none is so near; the first of several equally near.
std::optional<std::string> ClosestName(std::string_view word,
                                       const std::vector<std::string>& names);

}  // namespace segue
