#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "absl/types/span.h"
#include "server/base/json.h"
#include "server/base/outcome.h"
#include "server/base/random.h"

namespace segue::language::intrinsics {

using Arguments = absl::Span<const Json>;

// One intrinsic function. Whoever calls has checked how many arguments there are.
struct Function {
  std::string_view name;
  size_t arguments_min = 0;
  size_t arguments_max = 0;
  Outcome<Json> (*call)(Arguments arguments, Random& random);
  // How much memory, or work in its stead, it makes at most of a byte of its arguments' text: an
  // element has two bytes there at least. 0: of what it makes, the elements count.
  int64_t bytes_per_byte = 0;
};

// Null where there is no such function. Lives for ever.
const Function* FindFunction(std::string_view name);

// What a function returns that refuses its arguments.
WorkflowError Refusal(std::string cause);

// States.Format: `pieces` with a value between each two. A refusal where their numbers differ.
Outcome<Json> FillTemplate(absl::Span<const std::string> pieces, Arguments values);

// arrays.cc
Outcome<Json> Array(Arguments arguments, Random& random);
Outcome<Json> ArrayPartition(Arguments arguments, Random& random);
Outcome<Json> ArrayContains(Arguments arguments, Random& random);
Outcome<Json> ArrayRange(Arguments arguments, Random& random);
Outcome<Json> ArrayGetItem(Arguments arguments, Random& random);
Outcome<Json> ArrayLength(Arguments arguments, Random& random);
Outcome<Json> ArrayUnique(Arguments arguments, Random& random);
// texts.cc
Outcome<Json> Format(Arguments arguments, Random& random);
Outcome<Json> StringSplit(Arguments arguments, Random& random);
Outcome<Json> StringToJson(Arguments arguments, Random& random);
Outcome<Json> JsonToString(Arguments arguments, Random& random);
Outcome<Json> Base64Encode(Arguments arguments, Random& random);
Outcome<Json> Base64Decode(Arguments arguments, Random& random);
// hash.cc
Outcome<Json> Hash(Arguments arguments, Random& random);
// values.cc
Outcome<Json> JsonMerge(Arguments arguments, Random& random);
Outcome<Json> MathRandom(Arguments arguments, Random& random);
Outcome<Json> MathAdd(Arguments arguments, Random& random);
Outcome<Json> Uuid(Arguments arguments, Random& random);

}  // namespace segue::language::intrinsics
