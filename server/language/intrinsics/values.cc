#include <limits>
#include <string>
#include <utility>

#include "server/language/intrinsics/arguments.h"
#include "server/language/intrinsics/functions.h"

namespace segue::language::intrinsics {
namespace {

// The first nextDouble() of a java.util.Random with this seed, so that a seed gives what it gives
// on AWS.
double JavaNextDouble(int64_t seed) {
  constexpr uint64_t kMultiplier = 0x5DEECE66D;
  constexpr uint64_t kMask = (uint64_t{1} << 48) - 1;
  uint64_t state = (static_cast<uint64_t>(seed) ^ kMultiplier) & kMask;
  const auto next = [&](int bits) {
    state = (state * kMultiplier + 0xB) & kMask;
    return state >> (48 - bits);
  };
  const uint64_t high = next(26) << 27;
  return static_cast<double>(high + next(27)) * 0x1p-53;
}

// What MathAdd may be given (AWS guide, Intrinsics for Math operations).
bool FitsInt32(int64_t value) {
  return value >= std::numeric_limits<int32_t>::min() &&
         value <= std::numeric_limits<int32_t>::max();
}

}  // namespace

// The second object's members win; the merge is shallow, as on AWS, which refuses `true`.
Outcome<Json> JsonMerge(Arguments arguments, Random&) {
  if (!arguments[0].is_object() || !arguments[1].is_object()) {
    return Refusal("The first two arguments must be objects.");
  }
  if (!arguments[2].is_bool()) return Refusal("The third argument must be a boolean.");
  if (arguments[2].bool_value()) return Refusal("Deep merging is not supported.");
  Json::Object merged = arguments[0].object();
  for (const auto& [name, member] : arguments[1].object()) merged.Set(name, member);
  return Json(std::move(merged));
}

// From the first number up to, but without, the second.
Outcome<Json> MathRandom(Arguments arguments, Random& random) {
  const auto first = Rounded(arguments[0]);
  const auto end = Rounded(arguments[1]);
  if (!first || !end) return Refusal("The bounds must be numbers.");
  if (*first >= *end) return Refusal("The first bound must be less than the second.");
  const uint64_t width = static_cast<uint64_t>(*end) - static_cast<uint64_t>(*first);
  uint64_t offset = 0;
  if (arguments.size() == 3) {
    const auto seed = Rounded(arguments[2]);
    if (!seed) return Refusal("The seed must be a number.");
    offset = static_cast<uint64_t>(JavaNextDouble(*seed) * static_cast<double>(width));
  } else {
    offset = random.Below(width);
  }
  return Json(static_cast<int64_t>(static_cast<uint64_t>(*first) + offset));
}

Outcome<Json> MathAdd(Arguments arguments, Random&) {
  const auto left = Rounded(arguments[0]);
  const auto right = Rounded(arguments[1]);
  if (!left || !right) return Refusal("The arguments must be numbers.");
  if (!FitsInt32(*left) || !FitsInt32(*right)) {
    return Refusal("The arguments must be from -2147483648 to 2147483647.");
  }
  return Json(*left + *right);
}

Outcome<Json> Uuid(Arguments, Random& random) { return Json(random.Uuid()); }

}  // namespace segue::language::intrinsics
