#include "server/base/closest_name.h"

#include <algorithm>
#include <cstddef>
#include <utility>

namespace segue {
namespace {

constexpr size_t kDistanceMax = 2;

// Levenshtein's, by rows.
size_t EditDistance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = std::exchange(row[0], i);
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t changed = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = std::exchange(row[j], std::min({row[j] + 1, row[j - 1] + 1, changed}));
    }
  }
  return row.back();
}

}  // namespace

std::optional<std::string> ClosestName(std::string_view word,
                                       const std::vector<std::string>& names) {
  std::optional<std::string> best;
  size_t distance = kDistanceMax + 1;
  for (const std::string& name : names) {
    const size_t d = EditDistance(word, name);
    if (d >= distance) continue;
    distance = d;
    best = name;
  }
  return best;
}

}  // namespace segue
