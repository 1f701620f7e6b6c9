#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "absl/functional/any_invocable.h"
#include "absl/time/time.h"
#include "server/async/executor.h"
#include "server/base/ids.h"
#include "server/base/json.h"
#include "server/base/outcome.h"
#include "services/connector/http_trace.h"

namespace segue::services {

// An attempt that is ready to go, as soon as its service's budget lets it.
struct AttemptRequest {
  // A service; where there is none of a name like "worker:resize", the one named "worker" is meant.
  std::string service;
  std::string method;
  Json arguments;
  std::string idempotency_key;
  std::string trace_parent;
  std::string execution_id;
  std::string workflow;  // fairness between workflows
  int attempt = 1;
  std::string task_token;            // of a task that is completed with it; else empty
  std::shared_ptr<HttpTrace> trace;  // see Call; may be null
  int priority = 5;                  // 0 to 9, 9 goes first
  // From the moment the call goes out; the service's own timeout applies where absent.
  std::optional<absl::Duration> timeout;
  std::optional<absl::Duration> heartbeat;
  // May be null. Called once, on the executor's thread and before `done`, when the call has gone
  // out; not where it never does.
  std::function<void(absl::Time)> started;
};

struct AttemptResult {
  Outcome<Json> outcome;
  absl::Time started;  // when the call went out
  std::optional<absl::Duration> retry_after;
};

// Names a running or waiting attempt; 0 is none.
using AttemptHandle = StrongId<struct AttemptHandleTag, uint64_t>;

// Why an attempt has not gone out yet.
struct WaitReason {
  enum class Limit { kRate, kConcurrency, kPushBack };
  std::string service;
  Limit limit = Limit::kRate;
  int64_t position = 0;  // in the service's queue, from 1
  absl::Time since;
  std::optional<absl::Time> expected_start;
};

// Takes attempts from the shards: each waits for its service's budget, then is called through its
// connector. What the scheduler sees of the services.
//
// Threads: any shard's; `done` runs on the executor that was given.
class TaskRunner {
 public:
  virtual ~TaskRunner() = default;

  using Done = absl::AnyInvocable<void(AttemptResult)>;

  // `done` is called exactly once, unless Cancel came first; never inside Start.
  virtual AttemptHandle Start(AttemptRequest request, async::Executor& executor, Done done) = 0;

  // From the same executor: takes the attempt out of its queue, or cancels its call. `done` is not
  // called any more.
  virtual void Cancel(AttemptHandle handle) = 0;

  // Nothing where the attempt has gone out.
  virtual std::optional<WaitReason> Explain(AttemptHandle handle) const = 0;

  // What is wrong with naming this service and method in a definition; nothing where it is fine.
  virtual std::optional<std::string> Check(const std::string& service,
                                           const std::string& method) const = 0;
};

}  // namespace segue::services
