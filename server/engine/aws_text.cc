#include "server/engine/aws_text.h"

#include "server/base/check.h"

namespace segue::engine {

std::string_view AwsStatusName(ExecutionStatus status) {
  switch (status) {
    case ExecutionStatus::kRunning:
      return "RUNNING";
    case ExecutionStatus::kSucceeded:
      return "SUCCEEDED";
    case ExecutionStatus::kFailed:
      return "FAILED";
    case ExecutionStatus::kTimedOut:
      return "TIMED_OUT";
    case ExecutionStatus::kCancelled:
      return "ABORTED";
  }
  SEGUE_CHECK(false);
  return "";
}

std::string AwsTimestamp(absl::Time time) {
  return absl::FormatTime("%Y-%m-%dT%H:%M:%E3SZ", time, absl::UTCTimeZone());
}

}  // namespace segue::engine
