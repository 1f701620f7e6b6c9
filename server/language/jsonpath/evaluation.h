#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "server/language/jsonpath/ast.h"
#include "server/language/jsonpath/evaluator.h"

namespace segue::language::jsonpath {

// How the evaluation of a path, or of a part of it, can end early. Jayway throws, and catches some
// of these half-way; so they are told apart here.
enum class Fault {
  kNone,
  kNotFound,    // PathNotFoundException: a comparison sees "undefined"
  kBadPath,     // InvalidPathException, which that is a kind of: a filter is false
  kOutOfRange,  // IndexOutOfBoundsException: an element is left out
  kOther,       // whatever else: the whole evaluation fails
};

// The node that `steps[0, count)`, members and indices only, lead to: null where there is none.
// `walked`, where given, is how many steps led somewhere.
const Json* WalkSimple(const std::vector<Step>& steps, size_t count, const Json& from,
                       size_t* walked = nullptr);

// The element, counted from the end where `index` is negative; null where there is none.
const Json* ElementAt(const Json::Array& array, int64_t index);

// Whether members that a path names must be there even where it is indefinite: in `?(@..a)` they
// must (Jayway's REQUIRE_PROPERTIES).
enum class Members { kMayLack, kMustExist };

// One evaluation of one path: where its root stands, and what it has found so far.
struct Run {
  const Path& path;
  const Json& document;  // what `$` is in filters and arguments
  Members members = Members::kMayLack;
  Json::Array found = {};
};

// An argument of a function, evaluated; absent where its JSON text cannot be read.
using FunctionOperands = std::vector<std::optional<Json>>;

// The work of one call of Evaluate, with all the paths inside its path.
class Evaluation {
 public:
  struct From {
    const Json& node;      // where the path begins
    const Json& document;  // `$`
    Members members = Members::kMayLack;
  };
  Fault Find(const Path& path, const From& from, Json* value);
  // Whether `node` passes.
  Fault Test(const FilterNode& filter, const From& from, bool* passes);

  bool exhausted() const { return visits_left_ <= 0; }
  int64_t visits() const { return kVisitsMax - visits_left_; }
  const std::string& why() const { return why_; }
  // Notes why, for kBadPath and kOther.
  Fault Fail(Fault fault, std::string_view why);

 private:
  // From `node`, which the steps before `step` led to.
  Fault Continue(Run& run, size_t step, const Json& node);
  Fault TakeMember(Run& run, size_t step, const Json& node);
  Fault TakeMembers(Run& run, size_t step, const Json& node);
  Fault TakeNamed(Run& run, size_t step, const std::string& name, const Json& node);
  Fault TakeFound(Run& run, size_t step, const Json& value);
  Fault TakeElements(Run& run, size_t step, const Json& node);
  Fault TakeSlice(Run& run, size_t step, const Json::Array& array);
  Fault TakeElement(Run& run, size_t step, const Json::Array& array, int64_t index);
  Fault TakeAll(Run& run, size_t step, const Json& node);
  Fault TakePassing(Run& run, size_t step, const Json& node);
  bool StartsLate(const Run& run, size_t step) const;

  // scan.cc
  Fault Scan(Run& run, size_t step, const Json& node);
  Fault Walk(Run& run, size_t step, const Json& node);
  Fault TryArray(Run& run, size_t step, const Json& node);
  Fault Matches(const Run& run, size_t step, const Json& node, bool* matches);
  bool Accept(const FilterNode& filter, const From& from, Fault* fault);

  // functions.cc
  Fault Call(Run& run, size_t step, const Json& node);
  Fault CallFunction(const Run& run, const FunctionStep& call, const Json& input, Json* value);
  Fault Length(const Run& run, const FunctionStep& call, const Json& input, Json* value);
  Fault Aggregate(Function function, const std::vector<double>& numbers, Json* value);
  Fault At(const Json& input, int64_t index, Json* value);
  Fault Evaluated(const Run& run, const FunctionStep& call, FunctionOperands* operands);

  // filter.cc
  Fault Compare(const FilterNode& comparison, const From& from, bool* passes);
  Fault Exists(const Path& path, const From& from, bool* exists);

  static constexpr int64_t kVisitsMax = 1'000'000;

  int64_t visits_left_ = kVisitsMax;
  int depth_ = 0;
  // Which element of an array a step below `..[index]` was last tried on: see scan.cc.
  absl::flat_hash_map<const Step*, int64_t> element_of_;
  std::string why_;
};

}  // namespace segue::language::jsonpath
