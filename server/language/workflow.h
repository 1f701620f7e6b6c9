#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "absl/time/time.h"
#include "server/language/expression.h"

// The compiled form of a definition. Immutable and shared: every execution of a version reads the
// same one. States of all nested blocks (branches of a Parallel, the processor of a Map) stand in
// one vector and name each other by index; a block is known by the index of its first state.

namespace segue::language {

enum class QueryLanguage { kJsonPath, kJsonata };
enum class StateType { kTask, kParallel, kMap, kWait, kPass, kChoice, kSucceed, kFail };

// "Task", "Parallel", ...
std::string_view StateTypeName(StateType type);

// Where something stands in the definition's text. Lines and columns count from 1, columns in
// bytes.
struct Position {
  std::string pointer;  // RFC 6901, "" for the whole
  int line = 0;
  int column = 0;
};

// Index of a state in Workflow::states; kEnd where a state is the last of its block.
using StateIndex = int;
inline constexpr StateIndex kEnd = -1;

struct Retrier {
  std::vector<std::string> error_equals;
  absl::Duration interval = absl::Seconds(1);
  int max_attempts = 3;
  double backoff_rate = 2.0;
  std::optional<absl::Duration> max_delay;
  enum class Jitter { kNone, kFull } jitter = Jitter::kNone;
};

using Assignments = std::vector<std::pair<std::string, ExpressionPtr>>;

// ResultPath: absent means `$`; null means that the result is dropped.
struct ResultTarget {
  enum class Kind { kReplace, kDiscard, kPath } kind = Kind::kReplace;
  ReferencePath path;  // with kPath
};

struct Catcher {
  std::vector<std::string> error_equals;
  StateIndex next = kEnd;
  ResultTarget result_path;
  ExpressionPtr output;  // JSONata; may be null
  Assignments assign;
};

// What a Task calls (README.md, "Workflows").
struct Resource {
  enum class Kind {
    kGrpc,            // grpc:<service>/<package.Service>/<Method>
    kHttp,            // http:<service>
    kHttpInvoke,      // arn:aws:states:::http:invoke
    kLambda,          // arn:aws:states:::lambda:invoke and function ARNs
    kSql,             // sql:<service>
    kWorker,          // worker:<task type>
    kActivity,        // activity ARNs
    kStartExecution,  // arn:aws:states:::states:startExecution[.sync[:2]]
    kAwsService,      // any other arn:aws:states:::<service>:<action>
    kOther,           // another URI: nothing can call it (ParseOptions::resources)
  };
  enum class Completion { kResponse, kSync, kSync2, kTaskToken };
  Kind kind = Kind::kGrpc;
  std::string text;  // as written
  // The configured service; the task type of a worker; the name of an activity; an AWS integration
  // ("http", "lambda", "aws-sdk:s3").
  std::string service;
  // "package.Service/Method"; an integration's action; empty for a Lambda function's own ARN.
  std::string method;
  Completion completion = Completion::kResponse;
};

struct TaskState {
  Resource resource;
  Position resource_position;
  // Seconds, as numbers; null where the field is absent.
  ExpressionPtr timeout_seconds;
  ExpressionPtr heartbeat_seconds;
  ExpressionPtr credentials;
};

struct ParallelState {
  std::vector<StateIndex> branches;  // first states
};

// ItemReader: where a Map takes its items from.
struct ItemReader {
  Resource resource;
  ExpressionPtr arguments;  // Parameters or Arguments; null where absent
  Json config;              // ReaderConfig as written (checked), null where absent
  ExpressionPtr max_items;  // null: all
};

// ItemBatcher: how a Map groups its items.
struct ItemBatcher {
  ExpressionPtr items_max;        // MaxItemsPerBatch; null where absent
  ExpressionPtr input_bytes_max;  // MaxInputBytesPerBatch; null where absent
  ExpressionPtr batch_input;      // null where absent
};

// ResultWriter: where a Map puts its results.
struct ResultWriter {
  std::optional<Resource> resource;
  ExpressionPtr arguments;  // Parameters or Arguments; null where absent
  Json config;              // WriterConfig as written (checked), null where absent
};

struct MapState {
  StateIndex processor = kEnd;  // first state
  enum class Mode { kInline, kDistributed } mode = Mode::kInline;
  enum class ExecutionType { kStandard, kExpress };
  ExecutionType execution_type = ExecutionType::kStandard;  // of distributed children
  std::string label;                                        // of a distributed Map; may be empty
  ExpressionPtr items;            // ItemsPath or Items; null: the effective input itself
  ExpressionPtr item_selector;    // ItemSelector or Parameters; null: the item itself
  ExpressionPtr max_concurrency;  // null or 0: unlimited
  ExpressionPtr tolerated_failure_count;
  ExpressionPtr tolerated_failure_percentage;
  // AWS has them in distributed mode only; the specification does not say so.
  std::optional<ItemReader> item_reader;
  std::optional<ItemBatcher> item_batcher;
  std::optional<ResultWriter> result_writer;
};

struct WaitState {
  // Exactly one; the path forms are expressions too.
  ExpressionPtr seconds;
  ExpressionPtr timestamp;
};

struct PassState {
  std::optional<Json> result;
};

struct ChoiceRule {
  ConditionPtr condition;
  StateIndex next = kEnd;
  ExpressionPtr output;
  Assignments assign;
};

struct ChoiceState {
  std::vector<ChoiceRule> rules;
  std::optional<StateIndex> otherwise;  // Default
};

struct SucceedState {};

struct FailState {
  // Error and Cause or their path forms; null where absent.
  ExpressionPtr error;
  ExpressionPtr cause;
};

struct State {
  std::string name;
  StateType type = StateType::kPass;
  QueryLanguage query_language = QueryLanguage::kJsonPath;
  Position position;
  StateIndex next = kEnd;

  // JSONPath's pipeline: input_path, parameters, (work), result_selector, result_path, output_path.
  // A null pointer means that the field is absent; InputPath: null is the literal {}.
  ExpressionPtr input_path;
  ExpressionPtr parameters;
  ExpressionPtr result_selector;
  ResultTarget result_path;
  ExpressionPtr output_path;
  // JSONata's: arguments, (work), output.
  ExpressionPtr arguments;
  ExpressionPtr output;
  Assignments assign;

  std::vector<Retrier> retry;
  std::vector<Catcher> catchers;

  std::variant<TaskState, ParallelState, MapState, WaitState, PassState, ChoiceState, SucceedState,
               FailState>
      detail;
};

struct Workflow {
  std::vector<State> states;
  StateIndex start = kEnd;
  std::optional<absl::Duration> timeout;  // TimeoutSeconds
  std::string comment;
  QueryLanguage query_language = QueryLanguage::kJsonPath;

  const State& state(StateIndex index) const { return states[static_cast<size_t>(index)]; }
};
using WorkflowPtr = std::shared_ptr<const Workflow>;

}  // namespace segue::language
