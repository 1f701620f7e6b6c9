#pragma once

#include <set>
#include <string>
#include <vector>

#include "server/engine/history.h"
#include "tests/simulation/ledger.h"
#include "tests/simulation/sent_check.h"
#include "tests/simulation/starts_check.h"

namespace segue::simulation {

// Holds whole histories against the calls that were made.
//
// Rules. Ids are consecutive and point back. Every TaskScheduled of a branch has at most one
// outcome, and every outcome one TaskScheduled before it; attempts count 1, 2, ... inside a visit.
// All attempts of a visit carry one key, which no other visit has. A result names a call that was
// made under that key and answered, and no call's result is used twice; so does what somebody sent
// by the task's token, and whose result was accepted finds it there. Every call belongs to an
// attempt of a history. Tasks that call the server itself have rules of their own: sent_check.h,
// starts_check.h.
class HistoryCheck {
 public:
  HistoryCheck(const Ledger& ledger, Verdict& verdict)
      : ledger_(ledger), verdict_(verdict), sent_(ledger, verdict), starts_(ledger, verdict) {}

  void Add(const std::string& id, const std::vector<engine::HistoryEvent>& events);
  // After all of them.
  void CheckCalls() const;
  const SentCheck& sent() const { return sent_; }
  const StartsCheck& starts() const { return starts_; }

 private:
  class One;
  void CheckAccepted() const;
  const Ledger& ledger_;
  Verdict& verdict_;
  SentCheck sent_;
  StartsCheck starts_;
  std::set<int64_t> used_;           // calls whose results were applied
  std::set<std::string> keys_;       // of visits
  std::set<std::string> scheduled_;  // "key#attempt"
  std::set<std::string> executions_;
  std::set<std::string> whole_;  // of them, whose histories tell all that they did
};

}  // namespace segue::simulation
