#pragma once

#include <map>
#include <set>
#include <string>

#include "server/engine/history.h"
#include "tests/simulation/ledger.h"

namespace segue::simulation {

// Tasks that start executions, over all histories. A child may have a name that its parent gave it,
// of which there is one in its workflow.
//
// Rules. An attempt that has started a child has started one of its own: no other attempt has. One
// is refused because of its name only where there is an execution of that name, and whoever has
// started that one was not refused each time. EXPRESS children are in no store: they are left out.
class StartsCheck {
 public:
  StartsCheck(const Ledger& ledger, Verdict& verdict) : ledger_(ledger), verdict_(verdict) {}

  // An attempt of a task of `execution`: it is scheduled; has started a child; was refused.
  void OnScheduled(const std::string& execution, const engine::HistoryEvent& event);
  void OnStarted(const std::string& execution, const engine::HistoryEvent& event);
  void OnFailed(const std::string& execution, const engine::HistoryEvent& event);
  // After all of them.
  void Check() const;
  int64_t refused() const { return refused_; }

 private:
  struct Tries {
    int made = 0;
    int refused = 0;
  };
  const Ledger& ledger_;
  Verdict& verdict_;
  std::set<std::string> started_;  // children
  // Of children that were to have a name, by their parent and them.
  std::map<std::pair<std::string, std::string>, Tries> named_;
  int64_t refused_ = 0;
};

}  // namespace segue::simulation
