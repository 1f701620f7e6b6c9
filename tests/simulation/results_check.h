#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "server/base/json.h"
#include "server/engine/execution.h"
#include "tests/simulation/buckets.h"
#include "tests/simulation/ledger.h"

namespace segue::simulation {

// What ResultWriters have left, once all is over.
//
// Rules. Of a Map Run that has succeeded, the manifest is there, and so are the files that it
// names, in their size. They hold each child once, by how it ended, with what it was given and what
// it gave (or with a Transformation, what those that succeeded gave). Of EXPRESS children, of which
// nothing is kept, they hold as many as the Map Run counts.
class ResultsCheck {
 public:
  // What the server lists, by id.
  using Listed = std::map<std::string, engine::Execution>;
  struct World {
    const Buckets& buckets;
    const Ledger& ledger;
    const Listed& listed;
    Verdict& verdict;
  };
  explicit ResultsCheck(const World& world) : world_(world) {}

  void Check();
  // Map Runs whose results were looked at.
  int64_t runs() const { return runs_; }

 private:
  struct Files {
    std::vector<Json> succeeded;
    std::vector<Json> failed;
  };
  void CheckRun(const scheduler::MapRun& run);
  bool Read(const scheduler::MapRun& run, Files& files);
  bool ReadFiles(const std::string& bucket, const Json& named, std::vector<Json>& entries);
  void CheckDescribed(const scheduler::MapRun& run, const std::vector<Json>& entries,
                      std::set<std::string>& seen);
  void CheckOutputs(const scheduler::MapRun& run, const std::vector<Json>& entries);
  template <typename... Parts>
  void Broken(const scheduler::MapRun& run, const Parts&... parts) {
    world_.verdict.Broken("results", "Map Run ", run.uuid, ": ", parts...);
  }

  const World world_;
  int64_t runs_ = 0;
};

}  // namespace segue::simulation
