#include "server/language/intrinsics/functions.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>
#include <utility>

#include "server/language/intrinsics/arguments.h"

namespace segue::language::intrinsics {
namespace {

constexpr size_t kAny = std::numeric_limits<size_t>::max();

// States Language, Appendix B.
constexpr Function kFunctions[] = {
    {"States.Array", 0, kAny, Array},
    {"States.ArrayContains", 2, 2, ArrayContains, 6},
    {"States.ArrayGetItem", 2, 2, ArrayGetItem},
    {"States.ArrayLength", 1, 1, ArrayLength},
    {"States.ArrayPartition", 2, 2, ArrayPartition, 12},
    {"States.ArrayRange", 3, 3, ArrayRange},
    {"States.ArrayUnique", 1, 1, ArrayUnique, 32},
    {"States.Base64Decode", 1, 1, Base64Decode, 2},
    {"States.Base64Encode", 1, 1, Base64Encode, 2},
    {"States.Format", 1, kAny, Format, 1},
    {"States.Hash", 2, 2, Hash},
    {"States.JsonMerge", 3, 3, JsonMerge},
    {"States.JsonToString", 1, 1, JsonToString, 6},
    {"States.MathAdd", 2, 2, MathAdd},
    {"States.MathRandom", 2, 3, MathRandom},
    {"States.StringSplit", 2, 2, StringSplit, 16},
    {"States.StringToJson", 1, 1, StringToJson, 16},
    {"States.UUID", 0, 0, Uuid},
};

}  // namespace

const Function* FindFunction(std::string_view name) {
  const auto* found = std::find_if(std::begin(kFunctions), std::end(kFunctions),
                                   [&](const Function& function) { return function.name == name; });
  return found == std::end(kFunctions) ? nullptr : found;
}

WorkflowError Refusal(std::string cause) { return {"States.IntrinsicFailure", std::move(cause)}; }

std::optional<int64_t> Rounded(const Json& value) {
  if (value.is_int()) return value.int_value();
  if (!value.is_double()) return std::nullopt;
  const double rounded = std::floor(value.number() + 0.5);
  if (!(rounded >= -0x1p63 && rounded < 0x1p63)) return std::nullopt;
  return static_cast<int64_t>(rounded);
}

size_t CharacterCount(std::string_view text) {
  return static_cast<size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  }));
}

}  // namespace segue::language::intrinsics
