#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "server/base/json.h"

namespace re2 {
class RE2;
}

// A parsed JSONPath. Immutable; shared between threads.

namespace segue::language::jsonpath {

struct Path;
using PathPtr = std::shared_ptr<const Path>;
struct FilterNode;
using FilterPtr = std::shared_ptr<const FilterNode>;

struct MemberStep {
  std::string name;
};
// ['a','b']: an object of those members where it ends the path, else each of them.
struct MembersStep {
  std::vector<std::string> names;
};
struct WildcardStep {};
// Negative: from the end.
struct IndexStep {
  int64_t index = 0;
};
struct IndicesStep {
  std::vector<int64_t> indices;
};
struct SliceStep {
  std::optional<int64_t> from;
  std::optional<int64_t> to;
};
struct FilterStep {
  FilterPtr filter;
};
// `..`: the next step is tried on the node and on all below it.
struct ScanStep {};

enum class Function {
  kMin,
  kMax,
  kAvg,
  kStddev,
  kSum,
  kLength,
  kKeys,
  kConcat,
  kAppend,
  kFirst,
  kLast,
  kIndex,
};
using FunctionArgument = std::variant<Json, PathPtr>;
struct FunctionStep {
  Function function = Function::kLength;
  std::vector<FunctionArgument> arguments;
};

using Step = std::variant<MemberStep, IndexStep, MembersStep, WildcardStep, IndicesStep, SliceStep,
                          FilterStep, ScanStep, FunctionStep>;

struct Path {
  enum class Root {
    kDocument,  // $
    kContext,   // $$
    kVariable,  // $name
    kCurrent,   // @, inside filters
  };
  Root root = Root::kDocument;
  std::string variable;  // with kVariable
  std::vector<Step> steps;
  // One value or none; else an array of all that match.
  bool definite = true;
  // How many of the first steps are members and indices: walked without copying anything.
  size_t simple_count = 0;
  std::string text;
};

using RegexPtr = std::shared_ptr<const re2::RE2>;
using Operand = std::variant<Json, PathPtr, RegexPtr>;

enum class Operator {
  kEqual,
  kNotEqual,
  kSameEqual,     // ===: types must agree too
  kSameNotEqual,  // !==
  kLess,
  kLessEqual,
  kGreater,
  kGreaterEqual,
  kMatches,  // =~
  kIn,
  kNotIn,
  kContains,
  kAll,
  kSize,
  kEmpty,
  kExists,
  kSubsetOf,
  kAnyOf,
  kNoneOf,
  kType,
};

struct FilterNode {
  enum class Kind { kAnd, kOr, kNot, kExists, kConstant, kCompare } kind = Kind::kExists;
  std::vector<FilterPtr> children;  // kAnd, kOr, kNot
  Operand left;                     // kExists, kConstant, kCompare
  Operator op = Operator::kEqual;   // kCompare
  Operand right;                    // kCompare
};

}  // namespace segue::language::jsonpath
