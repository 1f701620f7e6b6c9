#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "absl/time/time.h"
#include "server/async/cancellation.h"
#include "server/async/executor.h"
#include "server/async/task.h"
#include "server/base/json.h"
#include "server/base/outcome.h"
#include "services/connector/http_trace.h"

namespace segue::services {

// One call to a service: an attempt of a task.
struct Call {
  std::string method;           // grpc: "package.Service/Method"; http: empty
  Json arguments;               // as README.md says for the resource ("Workflows")
  std::string idempotency_key;  // the same for every attempt of a task
  std::string trace_parent;     // W3C traceparent; may be empty
  std::string execution_id;     // for metadata and logs
  std::string workflow;         // its name; empty for an inline definition
  int attempt = 1;
  std::string task_token;            // of a task that is completed with it; else empty
  std::shared_ptr<HttpTrace> trace;  // of http:invoke, for who wants to look at it; may be null
  absl::Time deadline;  // absolute; the connector passes it on and gives up then (States.Timeout)
  // May be null. The connector calls it when the request goes out to the service; not where it has
  // refused the arguments or found nobody to ask.
  std::function<void()> sent;
};

struct CallResult {
  Outcome<Json> outcome;
  // The service's push-back: do not call before this has passed (RetryInfo, grpc-retry-pushback-ms,
  // Retry-After).
  std::optional<absl::Duration> retry_after;
};

// Makes one kind of call to one configured service.
//
// Threads: Call runs and completes on `executor`'s thread; a connector is shared by all executors'
// threads. Errors: a failed call is a value (an error name that Retry and Catch match);
// States.Timeout past the deadline. A cancelled call ends soon, with any outcome.
class Connector {
 public:
  virtual ~Connector() = default;

  virtual async::Task<CallResult> Invoke(Call call, async::Executor& executor,
                                         async::CancelToken cancel) = 0;

  // Whether a Task may name this method, as far as can be told without calling the service; a fault
  // says what is wrong. Used when a definition is created.
  virtual std::optional<std::string> CheckMethod(const std::string& method) const = 0;
};

}  // namespace segue::services
