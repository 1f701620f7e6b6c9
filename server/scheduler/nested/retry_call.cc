#include "server/scheduler/nested/retry_call.h"

#include <optional>

#include "server/async/one_shot.h"
#include "server/base/error.h"

namespace segue::scheduler {
namespace {

constexpr absl::Duration kRetryAfter = absl::Milliseconds(200);

}  // namespace

bool IsDraining(const absl::Status& status) {
  const std::optional<ErrorDetail> detail = DetailOf(status);
  return detail && detail->reason == "DRAINING";
}

bool IsTransient(const absl::Status& status) {
  return absl::IsUnavailable(status) || absl::IsResourceExhausted(status);
}

async::Task<void> PauseBeforeRetry(async::Executor& executor) {
  async::OneShot<bool> over;
  executor.At(executor.Now() + kRetryAfter, [&over] { over.Set(true); });
  co_await over;
}

}  // namespace segue::scheduler
