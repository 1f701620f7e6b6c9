#pragma once

#include <map>
#include <set>
#include <string>

#include "server/engine/history.h"
#include "tests/simulation/ledger.h"

namespace segue::simulation {

// Tasks that complete others' (sendTaskSuccess, sendTaskFailure), over all histories.
//
// Rules. What such a task has sent with success is what the task got that waited for it, and no
// other task got it too. What a task got from another was sent by one that there is.
class SentCheck {
 public:
  SentCheck(const Ledger& ledger, Verdict& verdict) : ledger_(ledger), verdict_(verdict) {}

  // A task is scheduled under this key; one that has, has succeeded; another's result was brought
  // by the task of the key `event.sender`.
  void OnScheduled(const std::string& key, const engine::HistoryEvent& event);
  void OnSucceeded(const std::string& key);
  void OnReceived(const engine::HistoryEvent& event);
  // After all of them: `executions`, whose histories there are.
  void Check(const std::set<std::string>& executions) const;
  int64_t received() const { return std::ssize(received_); }

 private:
  struct Sending {
    std::string target;  // the execution whose task is to be completed
    Json result;
    bool succeeded = false;
  };
  const Ledger& ledger_;
  Verdict& verdict_;
  std::map<std::string, Sending> sent_;   // by the sender's key
  std::map<std::string, Json> received_;  // likewise
};

}  // namespace segue::simulation
