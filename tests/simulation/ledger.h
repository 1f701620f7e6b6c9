#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "server/base/clock.h"
#include "server/engine/execution.h"
#include "server/store/store.h"
#include "services/connector/connector.h"
#include "tests/simulation/trace.h"

namespace segue::simulation {

// The first rule that was broken in a run.
class Verdict {
 public:
  template <typename... Parts>
  void Broken(std::string_view rule, const Parts&... parts) {
    if (!text_.empty()) return;
    text_ = absl::StrCat(std::string(rule), ": ", parts...);
  }
  bool ok() const { return text_.empty(); }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

// What is durable, and what has left the server: what the rules are about. It sees every write of
// the disk and every call, and knows nothing of the server.
class Ledger {
 public:
  struct Execution {
    engine::ExecutionStatus status = engine::ExecutionStatus::kRunning;
    int64_t last_event = 0;
    absl::Time last_event_time;  // when it became durable
    absl::Time closed_time;      // likewise
    int64_t redrives = 0;
    std::string workflow;
    std::string input;
    bool express = false;
    bool closed() const { return IsClosed(status); }
  };
  // A call that went out.
  struct Call {
    std::string key;
    int attempt = 0;
    std::string service;
    absl::Time time;
    bool succeeded = false;  // the server got its result
  };

  Ledger(const Clock& clock, Verdict& verdict, Trace& trace, absl::Duration retention)
      : clock_(clock), verdict_(verdict), trace_(trace), retention_(retention) {}

  void BeforeWrite(const store::Batch& batch);
  void OnDurable(const store::Batch& batch);

  // A call goes out: rule 1 for it, and its number.
  int64_t OnCall(const std::string& service, const services::Call& call);
  void OnSucceeded(int64_t call) { calls_[static_cast<size_t>(call)].succeeded = true; }

  // Executions whose services answer by what they are asked alone, so that the model can tell what
  // becomes of them: their ids begin with this.
  static constexpr char kModelPrefix[] = "m";
  // Express executions are in no store: their ids begin with this.
  static constexpr char kExpressPrefix[] = "x";

  // Null where nothing is durable of it.
  const Execution* Find(const std::string& id) const;
  bool WasRemoved(const std::string& id) const { return removed_.contains(id); }
  const std::map<std::string, Execution>& executions() const { return executions_; }
  const std::vector<Call>& calls() const { return calls_; }
  bool HasDocument(const std::string& collection, const std::string& key) const {
    return documents_.contains({collection, key});
  }
  int64_t open() const;
  // When anything was written or called last.
  absl::Time last_change() const { return last_change_; }

 private:
  void OnExecution(const store::ExecutionWrite& write);
  void OnRemoved(const std::string& id);
  void CheckReopening(const store::ExecutionWrite& write, const Execution& execution);
  void OnRecord(const std::string& id, const std::string& record, Execution& execution);
  void OnBranch(const std::string& id, const store::BranchWrite& branch);
  void OnHistory(const std::string& id, const store::HistoryWrite& history, Execution& execution);

  const Clock& clock_;
  Verdict& verdict_;
  Trace& trace_;
  const absl::Duration retention_;
  std::map<std::string, Execution> executions_;
  std::set<std::string> removed_;
  std::set<std::pair<std::string, std::string>> documents_;
  // "key#attempt" of every attempt that was ever durable.
  std::set<std::string> attempts_;
  std::vector<Call> calls_;
  absl::Time last_change_;
};

}  // namespace segue::simulation
