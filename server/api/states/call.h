#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "server/api/states/api_error.h"
#include "server/async/cancellation.h"
#include "server/async/executor.h"
#include "server/async/task.h"
#include "server/base/json.h"
#include "server/base/random.h"
#include "server/scheduler/catalog/arn.h"
#include "server/scheduler/scheduler.h"
#include "services/connector/task_source.h"

// One call of an operation, and what all operations share.

namespace segue::api::states {

// What the operations work with; outlives every call.
struct Environment {
  scheduler::Scheduler* scheduler = nullptr;
  scheduler::ArnScope scope;
  services::TaskSource* tasks = nullptr;  // of activities
};

// Lives until its operation has ended.
struct Call {
  const Environment& environment;
  Json input;  // holds what the service model asks for
  absl::Time now;
  Random random;
  async::Executor* executor = nullptr;  // where it runs
  async::CancelToken caller_gone;       // cancelled when nobody waits for the answer any more

  scheduler::Scheduler& scheduler() const { return *environment.scheduler; }
  const scheduler::ArnScope& scope() const { return environment.scope; }

  bool Has(std::string_view name) const;
  // A text of the input; empty where it is absent.
  std::string Text(std::string_view name) const;
  bool IsTrue(std::string_view name) const;
};

using Answer = ApiResult<Json>;
// `call` outlives the task.
using Operation = async::Task<Answer> (*)(Call& call);

// Seconds since 1970, as the protocol writes times; AWS keeps milliseconds.
Json Timestamp(absl::Time time);

// InvalidName where a name has a character that AWS does not allow.
std::optional<ApiError> CheckName(std::string_view name);

// The ARN under `member` of the input. InvalidArn where it is none, or of another kind.
ApiResult<scheduler::Arn> ArnOf(const Call& call, std::string_view member,
                                scheduler::Arn::Kind kind);

ApiError InvalidArn(std::string_view why);
// An error of the scheduler that no operation has words of its own for.
ApiError FromStatus(const absl::Status& status);

}  // namespace segue::api::states
