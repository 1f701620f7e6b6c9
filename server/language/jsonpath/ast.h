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
  int32_t index = 0;
};
struct IndicesStep {
  std::vector<int32_t> indices;
};
// At least one of them. A third number, the step of other dialects, is read and ignored.
struct SliceStep {
  std::optional<int32_t> from;
  std::optional<int32_t> to;
};
struct FilterStep {
  FilterPtr filter;
};
// `..`: the next step is tried on the node and on all below it.
struct ScanStep {};

enum class Function {
  kUnknown,  // a fault only where it is called
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
struct FunctionArgument {
  PathPtr path;               // or
  std::optional<Json> value;  // Neither: a JSON text that cannot be read, a fault where it is used.
};
struct FunctionStep {
  Function function = Function::kUnknown;
  std::string name;
  std::vector<FunctionArgument> arguments;
  // With kLength, of the first argument: its parts, which are counted. Null where there is none.
  PathPtr counted;
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
  // How many of the first steps are definite: what is missing there is an error, and further on it
  // is left out.
  size_t definite_count = 0;
  // How many of the first steps are members and indices: walked without copying anything.
  size_t simple_count = 0;
  // The last step is a function.
  bool is_call = false;
  bool has_scan = false;
  std::string text;
};

// What follows from the steps of `path`.
void FillInDerived(Path* path);

using RegexPtr = std::shared_ptr<const re2::RE2>;

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
  kPredicate,  // MATCHES
};

// One side of a comparison as it is written.
struct Operand {
  enum class Kind {
    kPath,
    kScalar,  // a text, a number, a boolean, null
    kJson,    // an array or an object
    kRegex,
  };
  Kind kind = Kind::kScalar;
  PathPtr path;
  // With kScalar and kJson; absent where a JSON text cannot be read: a fault where it is used.
  std::optional<Json> value;
  std::string text;  // with kJson, and of a number, as it is written
  RegexPtr regex;
};

struct FilterNode {
  enum class Kind { kAnd, kOr, kNot, kExists, kAbsent, kCompare } kind = Kind::kExists;
  std::vector<FilterPtr> children;  // kAnd, kOr, kNot
  Operand left;                     // kExists and kAbsent (a path), kCompare
  Operator op = Operator::kEqual;   // kCompare
  Operand right;                    // kCompare
};

}  // namespace segue::language::jsonpath
