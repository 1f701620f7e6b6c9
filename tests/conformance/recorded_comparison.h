#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "server/base/json.h"

namespace segue::testing {

// Compares what an engine did with what was recorded, by the rules of the recordings (README.md of
// the conformance data): `<...>` in an expectation is a wildcard, the same token stands for the
// same text inside one case; a case's transformers name what differs from run to run; JSON text
// counts as its value.
class RecordedComparison {
 public:
  explicit RecordedComparison(const Json& transformers);

  // `actual` with the case's names and all dates replaced as the recording has them.
  Json Normalise(const Json& actual) const;

  // Whether `actual` (normalised) is what is expected; `differences` grows if it is not.
  bool Equal(const Json& expected, const Json& actual, const std::string& path,
             std::string_view key = "");

  bool ignores_order_in_parallel() const { return ignores_order_in_parallel_; }
  const std::vector<std::string>& differences() const { return differences_; }

 private:
  bool EqualText(std::string_view expected, std::string_view actual);
  bool EqualString(const std::string& expected, const Json& actual, const std::string& path,
                   std::string_view key);
  bool EqualObject(const Json& expected, const Json& actual, const std::string& path);
  bool EqualArray(const Json& expected, const Json& actual, const std::string& path,
                  std::string_view key);
  bool Differ(const std::string& path, const Json& expected, const Json* actual);

  std::vector<std::pair<std::string, std::string>> replacements_;
  std::map<std::string, std::set<std::string>>
      free_;  // placeholder -> keys where it matches anything
  bool ignores_order_in_parallel_ = false;
  std::map<std::string, std::string> bound_;
  std::vector<std::string> differences_;
};

// The order of events between parallel branches is not recorded: sorts them, in the way that the
// recorder did (which drops some, and forgets ids and predecessors).
Json SortParallelEvents(const Json& events);

}  // namespace segue::testing
