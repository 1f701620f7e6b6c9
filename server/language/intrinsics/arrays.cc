#include <algorithm>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/hash/hash.h"
#include "server/language/intrinsics/arguments.h"
#include "server/language/intrinsics/functions.h"

namespace segue::language::intrinsics {
namespace {

constexpr size_t kRangeItemsMax = 1000;

// Equal values have equal hashes: 1 and 1.0, and objects whatever the order of their members.
size_t HashOf(const Json& value) {
  switch (value.kind()) {
    case Json::Kind::kNull:
      return 1;
    case Json::Kind::kBool:
      return absl::HashOf(value.bool_value());
    case Json::Kind::kInt:
    case Json::Kind::kDouble:
      return absl::HashOf(value.number());
    case Json::Kind::kString:
      return absl::HashOf(value.string());
    case Json::Kind::kArray: {
      size_t hash = 2;
      for (const Json& element : value.array()) hash = absl::HashOf(hash, HashOf(element));
      return hash;
    }
    case Json::Kind::kObject: {
      size_t hash = 3;
      for (const auto& [name, member] : value.object()) hash += absl::HashOf(name, HashOf(member));
      return hash;
    }
  }
  return 0;
}

WorkflowError NoArray(std::string_view which) {
  return Refusal("The " + std::string(which) + " argument must be an array.");
}

}  // namespace

Outcome<Json> Array(Arguments arguments, Random&) {
  return Json(Json::Array(arguments.begin(), arguments.end()));
}

Outcome<Json> ArrayPartition(Arguments arguments, Random&) {
  if (!arguments[0].is_array()) return NoArray("first");
  const auto size = Rounded(arguments[1]);
  if (!size || *size <= 0) return Refusal("The chunk size must be a positive integer.");
  const Json::Array& values = arguments[0].array();
  const auto chunk_size = static_cast<size_t>(*size);
  Json::Array chunks;
  for (size_t first = 0; first < values.size(); first += std::min(chunk_size, values.size())) {
    const size_t count = std::min(chunk_size, values.size() - first);
    const auto begin = values.begin() + static_cast<std::ptrdiff_t>(first);
    chunks.emplace_back(Json::Array(begin, begin + static_cast<std::ptrdiff_t>(count)));
  }
  return Json(std::move(chunks));
}

Outcome<Json> ArrayContains(Arguments arguments, Random&) {
  if (!arguments[0].is_array()) return NoArray("first");
  const Json::Array& values = arguments[0].array();
  return Json::Bool(std::find(values.begin(), values.end(), arguments[1]) != values.end());
}

Outcome<Json> ArrayRange(Arguments arguments, Random&) {
  const auto first = Rounded(arguments[0]);
  const auto last = Rounded(arguments[1]);
  const auto step = Rounded(arguments[2]);
  if (!first || !last || !step) return Refusal("The arguments must be integers.");
  if (*step == 0) return Refusal("The step must not be 0.");
  Json::Array values;
  __int128 value = *first;
  while (*step > 0 ? value <= *last : value >= *last) {
    if (values.size() == kRangeItemsMax) return Refusal("The range has more than 1000 items.");
    values.emplace_back(static_cast<int64_t>(value));
    value += *step;
  }
  return Json(std::move(values));
}

Outcome<Json> ArrayGetItem(Arguments arguments, Random&) {
  if (!arguments[0].is_array()) return NoArray("first");
  if (!arguments[1].is_int()) return Refusal("The index must be an integer.");
  const Json::Array& values = arguments[0].array();
  const int64_t index = arguments[1].int_value();
  if (index < 0 || index >= static_cast<int64_t>(values.size())) {
    return Refusal("The index " + std::to_string(index) + " is out of the bounds of an array of " +
                   std::to_string(values.size()) + " items.");
  }
  return values[static_cast<size_t>(index)];
}

Outcome<Json> ArrayLength(Arguments arguments, Random&) {
  if (!arguments[0].is_array()) return NoArray("first");
  return Json(static_cast<int64_t>(arguments[0].array().size()));
}

Outcome<Json> ArrayUnique(Arguments arguments, Random&) {
  if (!arguments[0].is_array()) return NoArray("first");
  absl::flat_hash_map<size_t, std::vector<const Json*>> seen;
  Json::Array unique;
  for (const Json& value : arguments[0].array()) {
    auto& alike = seen[HashOf(value)];
    const bool known =
        std::any_of(alike.begin(), alike.end(), [&](const Json* other) { return *other == value; });
    if (known) continue;
    alike.push_back(&value);
    unique.push_back(value);
  }
  return Json(std::move(unique));
}

}  // namespace segue::language::intrinsics
