#pragma once

#include <map>
#include <string>

#include "absl/time/time.h"
#include "tests/simulation/ledger.h"

namespace segue::simulation {

// Executions that stand above and below each other.
//
// Rules. What an execution waits for (a child that .sync started, the children of a Map Run) does
// not run on for long once nobody waits for it any more; a Map Run is closed soon after its
// execution, or where that goes on, after its state. When all is over, a Map Run that has stopped
// counts its children as they are. What has ended cancelled, though nobody was ever to wait for it,
// was cancelled by a client: not by whoever wanted a child of the same name.
class Families {
 public:
  Families(const Ledger& ledger, Verdict& verdict) : ledger_(ledger), verdict_(verdict) {}

  // From time to time, while the server is well.
  void Look(absl::Time now);
  // It was not: nothing that was seen before counts.
  void Forget() { alone_since_.clear(); }
  // No Map Run is open whose execution is known.
  bool AreOver() const;
  // Once all executions have ended.
  void CheckCounts() const;
  void CheckCancelled() const;

 private:
  // How long may pass until a child is told.
  static constexpr absl::Duration kPatience = absl::Minutes(4);

  bool IsWaitedFor(const Ledger::Execution& child) const;
  void Note(const std::string& who, absl::Time now, std::map<std::string, absl::Time>& alone);

  const Ledger& ledger_;
  Verdict& verdict_;
  std::map<std::string, absl::Time> alone_since_;
};

}  // namespace segue::simulation
