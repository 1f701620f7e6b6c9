#include "server/scheduler/nested/retry_call.h"

#include <algorithm>
#include <optional>

#include "server/async/one_shot.h"
#include "server/base/error.h"

namespace segue::scheduler {
namespace {

constexpr absl::Duration kFirstPause = absl::Milliseconds(200);
constexpr absl::Duration kLongestPause = absl::Seconds(2);

}  // namespace

bool IsDraining(const absl::Status& status) {
  const std::optional<ErrorDetail> detail = DetailOf(status);
  return detail && detail->reason == "DRAINING";
}

bool IsTransient(const absl::Status& status) {
  return absl::IsUnavailable(status) || absl::IsResourceExhausted(status);
}

async::Task<void> PauseBeforeRetry(async::Executor& executor, int failures_before) {
  absl::Duration pause = kFirstPause;
  for (; failures_before > 0 && pause < kLongestPause; --failures_before) pause *= 2;
  async::OneShot<bool> over;
  executor.At(executor.Now() + std::min(pause, kLongestPause), [&over] { over.Set(true); });
  co_await over;
}

}  // namespace segue::scheduler
