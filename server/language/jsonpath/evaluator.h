#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "server/base/json.h"
#include "server/language/jsonpath/ast.h"

namespace segue::language::jsonpath {

// What a path finds.
struct Answer {
  enum class Kind {
    kValue,
    kNothing,  // the path matches nothing
    // The path ends in an index that its array does not have. AWS answers null in a payload
    // template, and "nothing" in an intrinsic function.
    kPastEnd,
    kFailed,     // the path cannot be evaluated on this document: a function refuses its input, say
    kTooCostly,  // more nodes visited than one evaluation may visit
  };
  Kind kind = Kind::kNothing;
  Json value;          // with kValue
  std::string why;     // with kFailed
  int64_t visits = 0;  // of values, each of which may be one that was found

  static Answer Value(Json value) { return Answer{Kind::kValue, std::move(value), {}}; }
};

// Evaluates `path` on `document`, which is what the path's root stands for, as Jayway JsonPath 2.9
// does with its default configuration. A definite path gives its one value, an indefinite one an
// array, which may be empty; both give kNothing where a definite part of the path is missing
// (Jayway: PathNotFoundException). Recursion and work are bounded. Pure; threads: any.
Answer Evaluate(const Path& path, const Json& document);

// Why `path` found nothing in `document`, in the words of the Jayway that AWS runs: "Missing
// property in path $['a']".
std::string ExplainNothing(const Path& path, const Json& document);

}  // namespace segue::language::jsonpath
