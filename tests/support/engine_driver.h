#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"
#include "server/base/json.h"
#include "server/base/outcome.h"
#include "server/engine/apply.h"
#include "server/engine/event.h"
#include "server/engine/execution.h"
#include "server/engine/history.h"
#include "server/engine/transition.h"
#include "server/language/workflow.h"

namespace segue::testing {

// How a scripted service answers a call.
struct Answer {
  // NOLINTBEGIN(google-explicit-constructor): tables read better
  Answer(Json value) : result(std::move(value)) {}
  Answer(WorkflowError error) : result(std::move(error)) {}
  Answer(Outcome<Json> value) : result(std::move(value)) {}
  // NOLINTEND(google-explicit-constructor)

  Answer After(absl::Duration duration) &&;
  Answer RetryAfter(absl::Duration duration) &&;

  Outcome<Json> result;
  absl::Duration takes;
  std::optional<absl::Duration> retry_after;
};
using Service = std::function<Answer(const engine::StartAttempt&)>;

// A service that answers each call of a state with the next of its answers, the last one for ever,
// and calls of other states with their own arguments.
Service Scripted(std::map<std::string, std::vector<Answer>> answers_by_state);

// Runs one execution on the engine alone: services are scripted, time is virtual and jumps to what
// is due next.
//
// It keeps a copy of the execution that it changes only by what transitions say is to be written,
// as a store would, and after every event compares the two and checks the engine's invariants; a
// violation is a test failure. With `recovers` the execution is replaced after every event by what
// the store would give back.
//
// Threads: one. Owns all but the workflow.
class EngineDriver {
 public:
  struct Options {
    std::string id = "test";
    std::string workflow_name = "workflow";
    engine::ContextNames names;
    engine::ExecutionType type = engine::ExecutionType::kStandard;
    uint64_t seed = 1;
    engine::Limits limits;
    const engine::Activities* activities = nullptr;
    absl::Time start = absl::FromUnixSeconds(1'700'000'000);
    std::optional<absl::Duration> timeout;
    bool recovers = false;
    bool checks_each_event = true;  // off: only at the end, for executions with very many branches
    int64_t events_max = 100'000;
  };

  EngineDriver(language::WorkflowPtr workflow, std::string_view input, Service service);
  EngineDriver(language::WorkflowPtr workflow, std::string_view input, Service service,
               Options options);

  // Applies one event at the current time.
  const engine::Transition& Apply(const engine::Event& event);
  // Does what is to be done next, if anything: resumes, answers a call, lets time pass.
  enum class Progress { kMade, kNone };
  Progress Advance();
  // Starts the execution if need be, and runs it to its end.
  void Run();

  const engine::Execution& execution() const { return execution_; }
  const std::vector<engine::HistoryEvent>& history() const { return history_; }
  // All calls that were asked for, in order, with the time when they were.
  struct Call {
    absl::Time time;
    engine::StartAttempt start;
  };
  const std::vector<Call>& calls() const { return calls_; }
  // Calls that were asked for and have neither ended nor been cancelled.
  size_t calls_out() const { return out_.size(); }
  const std::vector<engine::AttemptId>& cancelled() const { return cancelled_; }
  absl::Time now() const { return now_; }
  absl::Duration elapsed() const { return now_ - options_.start; }
  int64_t events() const { return events_; }
  int64_t branch_writes() const { return branch_writes_; }
  int64_t resumes() const { return resumes_; }

  // "PassStateEntered PassStateExited ..."
  std::string HistoryTypes() const;

 private:
  void Store(const engine::Transition& transition);
  void Perform(const engine::Transition& transition);
  Answer RunMap(BranchId branch) const;
  void Check(const engine::Transition& transition);
  void CheckDerived() const;

  struct Pending {
    absl::Time ends;
    Answer answer;
    absl::Time started;
  };

  const language::WorkflowPtr workflow_;
  const Service service_;
  const Options options_;
  absl::Time now_;
  engine::Execution execution_;
  engine::Execution stored_;
  engine::Transition transition_;
  std::vector<engine::HistoryEvent> history_;
  std::vector<Call> calls_;
  std::map<engine::AttemptId, Pending> out_;
  std::set<std::pair<absl::Time, engine::AttemptId>> ends_;
  std::vector<engine::AttemptId> cancelled_;
  bool resume_is_due_ = false;
  int64_t events_ = 0;
  int64_t branch_writes_ = 0;
  int64_t resumes_ = 0;
};

// The stored part of a branch as text: two branches are the same to a store where these are.
std::string StoredText(const engine::Branch& branch);

// Parses a definition; a test failure, and the process's end, where it has faults.
language::WorkflowPtr Workflow(std::string_view definition);

}  // namespace segue::testing
