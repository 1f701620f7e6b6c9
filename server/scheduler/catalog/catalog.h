#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/async/task.h"
#include "server/language/parse.h"

namespace segue::scheduler {

// What the Step Functions API keeps with a version of a workflow, besides its definition.
struct StateMachineSettings {
  language::WorkflowType type = language::WorkflowType::kStandard;
  std::string role;  // empty: none was given (it came by another way)
  // JSON text as given; empty: none.
  std::string logging;
  std::string tracing;
  std::string encryption;
  friend bool operator==(const StateMachineSettings&, const StateMachineSettings&) = default;
};

// One version of a stored workflow. Immutable.
struct WorkflowVersion {
  std::string name;
  int64_t version = 0;     // from 1
  std::string definition;  // as given
  std::string description;
  language::Format format = language::Format::kDetect;
  std::map<std::string, std::string> labels;
  absl::Time create_time;  // of the workflow
  absl::Time update_time;  // of this version
  std::string etag;        // of the newest version
  StateMachineSettings settings;
  language::WorkflowPtr workflow;  // compiled
};
using WorkflowVersionPtr = std::shared_ptr<const WorkflowVersion>;

struct PutWorkflow {
  std::string name;
  std::string definition;
  std::string description;
  language::Format format = language::Format::kDetect;
  std::map<std::string, std::string> labels;
  std::string etag;  // of the version it replaces; empty: whichever it is
  enum class Mode { kCreate, kUpdate, kCreateOrUpdate } mode = Mode::kCreate;
  enum class Commit { kYes, kValidateOnly } commit = Commit::kYes;
  std::optional<StateMachineSettings> settings;  // absent: those of the version before
  // kAnyUri: what this server cannot call is an error of the task that tries, not of the
  // definition.
  language::Resources resources = language::Resources::kCallable;
};

struct PutWorkflowResult {
  WorkflowVersionPtr version;
  bool changed = false;  // false: identical to the newest; nothing was written
};

// The stored workflows, compiled. Definitions are small and few against executions: all of them are
// held in memory, and read without waiting.
//
// Threads: Get, List, Check any; Put and Delete any executor's, and resume the caller there.
class Catalog {
 public:
  virtual ~Catalog() = default;

  // NotFound (WORKFLOW_NOT_FOUND) where there is none. Version 0: the newest.
  virtual absl::StatusOr<WorkflowVersionPtr> Get(std::string_view name, int64_t version) const = 0;
  // For an execution that runs this version: also of a workflow that was deleted since.
  virtual absl::StatusOr<language::WorkflowPtr> CompiledFor(std::string_view name,
                                                            int64_t version) const = 0;
  // A definition that was accepted before, for an execution that runs it: without the limits and
  // checks of today. DataLoss where this server cannot read it any more.
  virtual absl::StatusOr<language::WorkflowPtr> CompileStored(std::string_view definition,
                                                              language::Format format) const = 0;
  // The newest versions, by name, beginning after `after`.
  virtual std::vector<WorkflowVersionPtr> List(std::string_view after, int limit) const = 0;

  // Parses and compiles, and checks the services that the tasks name. InvalidArgument
  // (INVALID_DEFINITION) carries every fault as a violation.
  virtual absl::StatusOr<language::WorkflowPtr> Compile(std::string_view definition,
                                                        language::Format format) const = 0;
  virtual std::vector<language::Fault> Faults(std::string_view definition,
                                              language::Format format) const = 0;

  // AlreadyExists, NotFound, Aborted (another etag), InvalidArgument.
  virtual async::Task<absl::StatusOr<PutWorkflowResult>> Put(PutWorkflow request) = 0;
  // Executions that run go on. Aborted where the etag is another's.
  virtual async::Task<absl::Status> Delete(std::string name, std::string etag) = 0;
};

}  // namespace segue::scheduler
