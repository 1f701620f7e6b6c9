#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "server/language/jsonpath/ast.h"
#include "server/language/jsonpath/evaluator.h"

namespace segue::language::jsonpath {

// The node that `steps[0, count)`, members and indices only, lead to: null where there is none.
// `walked`, where given, is how many steps led somewhere.
const Json* WalkSimple(const std::vector<Step>& steps, size_t count, const Json& from,
                       size_t* walked = nullptr);

// The element, counted from the end where `index` is negative; null where there is none.
const Json* ElementAt(const Json::Array& array, int64_t index);

// One evaluation: its document, and the work that it may still do.
class Evaluation {
 public:
  explicit Evaluation(const Json& document) : document_(document) {}

  Answer Run(const Path& path, const Json& from);
  // Whether `current` passes.
  bool Test(const FilterNode& filter, const Json& current);
  bool exhausted() const { return visits_left_ <= 0; }

 private:
  friend class OperandValue;

  // Collects what `path.steps` from `step` on match below `node`.
  void Collect(const Path& path, size_t step, const Json& node, Json::Array* found);
  void CollectAll(const Path& path, size_t step, const Json& node, Json::Array* found);
  void CollectMembers(const Path& path, size_t step, const Json& node, Json::Array* found);
  void CollectSlice(const Path& path, size_t step, const Json& node, Json::Array* found);
  void CollectPassing(const Path& path, size_t step, const Json& node, Json::Array* found);
  // The next step, tried on `node` and on all below it.
  void Scan(const Path& path, size_t step, const Json& node, int depth, Json::Array* found);
  void TryAt(const Path& path, size_t step, const Json& node, Json::Array* found);

  Answer RunFrom(const Path& path, size_t step, const Json& node);
  Answer RunFunction(const Path& path, size_t step, const Answer& before);
  bool Compare(const FilterNode& comparison, const Json& current);

  const Json& document_;
  int64_t visits_left_ = 1'000'000;
};

// Jayway JsonPath, "Functions". `operands` are the call's arguments, each value of a path's array
// by itself.
Answer CallFunction(Function function, const Json& input, const Json::Array& operands);

}  // namespace segue::language::jsonpath
