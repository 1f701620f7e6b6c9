#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "server/base/ids.h"
#include "server/base/json.h"
#include "server/base/outcome.h"
#include "server/engine/execution.h"
#include "server/engine/history.h"
#include "server/language/parse.h"
#include "services/connector/http_trace.h"
#include "services/registry/task_runner.h"

// What the APIs ask of the scheduler, and what it answers: plain values.

namespace segue::scheduler {

// AWS: how long an Express execution may take
// (https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html). It holds for those of
// the Step Functions API and those that executions start, not for an EXPRESS submit of our own API.
inline constexpr absl::Duration kExpressMax = absl::Minutes(5);

struct SubmitRequest {
  // A stored workflow, by name and version (0: the newest), or else a definition of its own.
  std::string workflow;
  int64_t version = 0;
  std::string inline_definition;
  language::Format inline_format = language::Format::kDetect;

  std::string input = "{}";  // JSON text
  std::string request_id;
  std::string execution_id;  // empty: derived from request_id, or generated
  std::optional<int> priority;
  std::optional<absl::Time> deadline;
  std::map<std::string, std::string> labels;
  engine::ExecutionType type = engine::ExecutionType::kStandard;
  engine::ContextNames names;  // not part of what makes two submits the same
  // Of a child of a Map Run, and of a nested execution: see engine::Execution.
  std::string start_state;
  std::string map_run;
  int depth = 0;
  std::string trace_parent;
  // How long it may take from its start: not part of what makes two submits the same.
  std::optional<absl::Duration> time_limit;
  // Of an EXPRESS execution: shows its http:invoke. May be null.
  std::shared_ptr<services::HttpTrace> trace;
  enum class Mode { kRun, kValidateOnly } mode = Mode::kRun;
};

// A branch, with why its attempt waits where it does.
struct BranchView {
  engine::Branch branch;
  std::string state_name;
  std::string state_type;
  std::string resource;  // of a Task
  std::optional<services::WaitReason> waiting_on;
};

// An execution as it stood when this was made; everything in it is durable.
struct ExecutionView {
  engine::Execution execution;  // without `branches` and `timers`
  std::vector<BranchView>
      branches;  // only of an open execution and where asked for; at most kBranchesMax
  int64_t branch_count = 0;
  // Why it cannot be redriven, in Step Functions' words; empty where it can, and in a list.
  std::string redrive_fault;
};

enum class Detail { kBasic, kFull };  // kFull: with branches

inline constexpr int kBranchesMax = 1000;

struct SubmitResult {
  ExecutionView view;
  bool duplicate = false;  // the request had been accepted before
};

// A task's result, from a task of another execution that has its token.
struct SentResult {
  std::string token;
  Outcome<Json> result;
  std::string sender;  // that one's idempotency key
};

// An execution that another has started.
struct StartedChild {
  ExecutionId id;
  // Of its submit: an id that follows from a given name may be somebody else's. Empty for a child
  // of a Map Run.
  std::string request_id;
  friend bool operator==(const StartedChild&, const StartedChild&) = default;
};

// What a redrive was answered.
struct RedriveResult {
  ExecutionView view;
  absl::Time time;         // when it was redriven
  bool duplicate = false;  // the same token had been used before
};

// Whether an execution was ever redriven.
enum class Redrives { kNone, kSome };

struct ListFilter {
  std::optional<std::string> workflow;
  std::optional<std::string> map_run;  // instead: the children of this Map Run, "label:uuid"
  std::vector<engine::ExecutionStatus> statuses;  // any of them; empty: all
  std::optional<absl::Time> start_after;
  std::optional<absl::Time> start_before;
  std::map<std::string, std::string> labels;
  std::optional<Redrives> redrives;
};

// Where a page ends.
struct ListCursor {
  absl::Time start_time;
  ExecutionId id;
};

struct ListPage {
  std::vector<ExecutionView> executions;
  std::optional<ListCursor> next;  // nothing: the last page
};

struct HistoryRequest {
  ExecutionId id;
  int64_t from = 1;  // ids [from, to]
  int64_t to = INT64_MAX;
  enum class Order { kAscending, kDescending } order = Order::kAscending;
  int limit = 100;  // events
};

// What a watcher gets: events after the one it knows, as far as they are durable, and the execution
// after them.
struct WatchResult {
  std::vector<engine::HistoryEvent> events;
  ExecutionView view;
  bool changed = false;  // false: the time given was over first
};

}  // namespace segue::scheduler
