#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "server/base/ids.h"
#include "server/base/json.h"
#include "server/base/outcome.h"
#include "server/engine/activities.h"
#include "server/engine/limits.h"
#include "server/language/expression.h"

// The state of an execution as the engine sees it: plain data, no behaviour but bookkeeping. What
// is stored is exactly this (less what can be derived from it); recovery loads it and goes on.

namespace segue::engine {

enum class ExecutionType { kStandard, kExpress };

enum class ExecutionStatus { kRunning, kSucceeded, kFailed, kTimedOut, kCancelled };

inline bool IsClosed(ExecutionStatus status) { return status != ExecutionStatus::kRunning; }

// What a branch is doing between two events.
enum class BranchPhase {
  kReady,          // enters `state` next: its turn was used up (kStepsPerApplyMax)
  kCalling,        // a Task: an attempt is with the services
  kBackoff,        // a state that failed waits for its retry, until `due`
  kWaiting,        // a Wait state, until `due`
  kJoining,        // a Parallel or Map that waits for its child branches
  kFinished,       // a child branch that reached its end; `output` is kept until its parent joins
  kAwaitingToken,  // a Task whose call was answered: the result comes with its token, until `due`
  kStopped,        // failed or aborted, with its parent or the execution: kept for a redrive
};

// The item a Map iteration works on: `$$.Map.Item`.
struct MapItem {
  int64_t index = 0;
  Json value;
  // Of a distributed Map alone, for its ItemSelector; not stored.
  std::optional<std::string> key;  // where the items are an object's members
  std::string source;              // where they come from; empty: not said
};

// The run of a distributed Map, while the branch is in that state.
struct MapRunOfBranch {
  int64_t state_started_event = 0;  // the MapStateStarted that it follows
  int64_t redrives = 0;
};

// One line of control. The root has id 0.
struct Branch {
  BranchId id;
  std::optional<BranchId> parent;
  int64_t index = 0;  // among its parent's children: the branch of a Parallel, the item of a Map
  std::optional<MapItem> item;

  // The state it stands in.
  int state = -1;                           // language::StateIndex
  BranchPhase phase = BranchPhase::kReady;  // change it through Execution::SetPhase
  int64_t visit = 0;  // how many states it has entered; names this stay in the state
  absl::Time entered;
  // Id of the history event of the entry (causes name it). kStopped: 0 where it was about to enter.
  int64_t entered_event = 0;
  Json input;                     // raw: before InputPath
  int attempt = 0;                // of the current task or Parallel or Map: 1, 2, ...
  std::vector<int> retries;       // used so far, one for each Retrier of the state
  std::optional<absl::Time> due;  // change it through Execution::SetDue

  // What was assigned in this branch (States Language, "Variables"). It also sees what the branches
  // above it have assigned; those stand still while it runs.
  language::Variables variables;

  Json arguments;                         // kCalling, kBackoff of a Task: what the attempt sends
  std::optional<absl::Duration> timeout;  // of each attempt
  std::optional<absl::Duration> heartbeat;
  // Of a Task that goes on after its call was answered (await.h): that answer.
  std::optional<Json> submitted;
  // When the attempt's call went out, once TaskStarted is recorded: from here the timeout of a task
  // that goes on after its call counts.
  absl::Time started;
  Json items;                      // kJoining of a Map: the array it runs over
  int64_t max_concurrency = 0;     // kJoining of a Map; 0: unlimited
  int64_t tolerated_failures = 0;  // kJoining of a Map
  Json output;                     // kFinished
  // kBackoff: what failed; kFinished: of a tolerated failed iteration; kStopped: why, if by itself.
  std::optional<WorkflowError> error;
  std::optional<MapRunOfBranch> map_run;  // once it has begun

  int64_t last_event = 0;  // history's previousEventId chain

  // Derived from the children, not stored: kJoining. Child `index` has the id first_child + index.
  uint64_t first_child = 0;
  int64_t children_started = 0;
  int64_t children_finished = 0;
  int64_t children_failed = 0;
  int64_t children_stopped = 0;
  int64_t stopped_from = 0;  // no child before this one is kStopped

  // It goes no further, unless a redrive sets it going.
  bool has_ended() const {
    return phase == BranchPhase::kFinished || phase == BranchPhase::kStopped;
  }
};

// What the Context Object calls an execution and its workflow, where the submitter has names of its
// own for them (the States API has ARNs). Empty: the id, the workflow's name, and no role.
struct ContextNames {
  std::string execution;
  std::string workflow;
  std::string role;
  std::string name;  // of the execution, inside its workflow; empty: the id
  // What the caller had named to start it: a published version, an alias. 0 and empty: neither.
  int64_t published_version = 0;
  std::string alias;
};

// A call that went out and is in no history yet.
struct UnrecordedStart {
  BranchId branch;
  absl::Time started;
};

// Who asked for a redrive: asking again within a while is no new one.
struct RedriveToken {
  std::string token;
  absl::Time time;
};

struct Execution {
  ExecutionId id;
  std::string workflow;  // its name; "" for an inline definition
  int64_t version = 0;   // 0 for an inline definition
  ExecutionType type = ExecutionType::kStandard;
  ExecutionStatus status = ExecutionStatus::kRunning;
  std::string input_text;  // as submitted: history and callers see the caller's own text
  Json input;              // input_text, parsed
  Json output;             // kSucceeded
  std::optional<WorkflowError> error;
  absl::Time start_time;
  std::optional<absl::Time> end_time;
  std::optional<absl::Time> deadline;  // the earlier of the submit's and the definition's
  int priority = 5;
  std::map<std::string, std::string> labels;
  ContextNames names;
  std::string trace_parent;
  std::string request_id;
  uint64_t request_fingerprint = 0;  // of what was submitted: tells a repeat from a conflict
  uint64_t seed = 0;                 // of everything random in it
  // Of a child of a Map Run: the state of the workflow that it begins with, and the run, as
  // MapRunIdOf gives it. Empty for others.
  std::string start_state;
  std::string map_run;
  int depth = 0;            // how many executions stand above it: those that started it, Map Runs
  int64_t run_redrive = 0;  // of a child of a Map Run: the redrive of the run that it has come to
  int64_t redrive_count = 0;
  std::optional<absl::Time> redrive_time;    // of the last one
  std::vector<RedriveToken> redrive_tokens;  // of the last ones, the newest last
  uint64_t next_branch = 0;
  int64_t last_event = 0;      // id of the newest history event
  absl::Time last_event_time;  // its time: history never goes back

  std::map<BranchId, Branch> branches;

  // The host's, not stored.
  Limits limits;
  const Activities* activities = nullptr;  // null: all that are named are there
  const std::string* token_key = nullptr;  // of task tokens' proofs; null: anybody can make them

  // In the order in which they went out. Not stored: after a crash the calls go out again.
  std::vector<UnrecordedStart> unrecorded_starts;

  // Derived, not stored.
  int64_t variable_bytes = 0;                        // of all branches' variables
  std::set<std::pair<absl::Time, BranchId>> timers;  // (due, branch) of every branch that has one
  std::set<BranchId> ready;                          // branches that are kReady
  std::set<BranchId> calling;                        // branches that are kCalling
  BranchId served_last;                              // the ready branch that had the last turn

  Branch* Find(BranchId branch);
  const Branch* Find(BranchId branch) const;

  // Add, remove and change branches; keep what is derived from them in step, but for the counts of
  // children.
  Branch& Add(Branch branch);
  void Remove(BranchId branch);
  void SetPhase(Branch& branch, BranchPhase phase);
  void SetDue(Branch& branch, std::optional<absl::Time> due);
  void SetVariable(Branch& branch, const std::string& name, Json value);
  void ForgetVariables(Branch& branch);

  // When time alone changes this execution next: the earliest timer or the deadline. Nothing where
  // it only waits for results, or is closed.
  std::optional<absl::Time> NextDue() const;

  // Whether something is to be done for it without waiting for a timer: an attempt is out, a branch
  // is ready.
  bool IsActive() const;

  // Fills in what is derived (timers, sets, the counts of children) after the stored part was
  // loaded.
  void Restore();
};

}  // namespace segue::engine
