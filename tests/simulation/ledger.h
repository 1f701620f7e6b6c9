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
#include "segue/storage/v1/records.pb.h"
#include "server/base/clock.h"
#include "server/engine/execution.h"
#include "server/scheduler/map_run/map_run.h"
#include "server/store/store.h"
#include "services/connector/connector.h"
#include "tests/simulation/trace.h"

namespace segue::simulation {

// What the cause of an error says that somebody sent by a task's token: this, and its number.
inline constexpr char kCompletion[] = "completion ";

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
    std::string name;  // inside its workflow; empty: its id
    std::string input;
    // As the server has written them.
    absl::Time start_time;
    std::optional<absl::Time> end_time;
    std::optional<absl::Time> redrive_time;  // of the last one
    std::string output;                      // JSON, once it has succeeded
    std::string error;                       // the name of that it failed with
    std::string map_run;                     // of a child of a Map Run: "label:uuid"
    std::string parent;                      // of one that a task started: whose
    std::string awaited_in;  // likewise: the state that waits for it; empty: none does
    // Of its lines of control, while they are stored: where they stand, and what they do there.
    struct Branch {
      std::string state;
      engine::BranchPhase phase = engine::BranchPhase::kReady;
    };
    std::map<uint64_t, Branch> branches;
    bool closed() const { return IsClosed(status); }
  };
  // A call that went out.
  struct Call {
    std::string key;
    int attempt = 0;
    std::string service;
    absl::Time time;
    bool succeeded = false;  // the server got its result
    bool accepted =
        false;  // of a result that came with a token: the server has said that it has it
  };

  Ledger(const Clock& clock, Verdict& verdict, Trace& trace, absl::Duration retention)
      : clock_(clock), verdict_(verdict), trace_(trace), retention_(retention) {}

  void BeforeWrite(const store::Batch& batch);
  void OnDurable(const store::Batch& batch);

  // A call goes out: rule 1 for it, and its number.
  int64_t OnCall(const std::string& service, const services::Call& call);
  void OnSucceeded(int64_t call) { calls_[static_cast<size_t>(call)].succeeded = true; }
  // A result is sent by a task's token: its number, as of a call. Then: it was accepted.
  int64_t OnCompletion(const std::string& key, int attempt);
  void OnAccepted(int64_t completion) { calls_[static_cast<size_t>(completion)].accepted = true; }

  // A client is about to cancel it.
  void OnCancelAsked(const std::string& id) { cancels_asked_.insert(id); }
  bool WasCancelAsked(const std::string& id) const { return cancels_asked_.contains(id); }

  // Executions all of whose tasks are answered by what they ask alone, so that the model can tell
  // what becomes of them: their ids begin with this.
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
  // The Map Runs that are stored, by uuid.
  const std::map<std::string, scheduler::MapRun>& map_runs() const { return map_runs_; }
  // Whether retention has taken children of that run.
  bool HasLostChildren(const std::string& map_run) const { return runs_cut_.contains(map_run); }
  // Who stands above it and above all: an id, or nothing where that is not known.
  std::string RootOf(const std::string& id) const;
  // When anything was written or called last.
  absl::Time last_change() const { return last_change_; }

 private:
  void OnExecution(const store::ExecutionWrite& write);
  void OnRemoved(const std::string& id);
  void CheckReopening(const store::ExecutionWrite& write, const Execution& execution);
  void OnRecord(const std::string& id, const std::string& record, Execution& execution);
  void OnBranch(const std::string& id, const store::BranchWrite& branch, Execution& execution);
  void OnHistory(const std::string& id, const store::HistoryWrite& history, Execution& execution);
  void OnMapRun(const store::DocumentWrite& write);

  const Clock& clock_;
  Verdict& verdict_;
  Trace& trace_;
  const absl::Duration retention_;
  std::map<std::string, Execution> executions_;
  std::set<std::string> removed_;
  std::set<std::pair<std::string, std::string>> documents_;
  std::map<std::string, scheduler::MapRun> map_runs_;
  std::set<std::string> runs_cut_;
  // "key#attempt" of every attempt that was ever durable.
  std::set<std::string> attempts_;
  std::vector<Call> calls_;
  std::set<std::string> cancels_asked_;
  absl::Time last_change_;
};

}  // namespace segue::simulation
