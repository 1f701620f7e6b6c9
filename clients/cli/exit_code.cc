#include "clients/cli/exit_code.h"

namespace segue::cli {

ExitCode ExitCodeOf(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kOk:
      return ExitCode::kSucceeded;
    case absl::StatusCode::kNotFound:
    case absl::StatusCode::kInvalidArgument:
    case absl::StatusCode::kAlreadyExists:
    case absl::StatusCode::kFailedPrecondition:
    case absl::StatusCode::kOutOfRange:
    case absl::StatusCode::kAborted:
      return ExitCode::kRefused;
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kDeadlineExceeded:
    case absl::StatusCode::kResourceExhausted:
      return ExitCode::kUnavailable;
    default:
      return ExitCode::kUsage;
  }
}

ExitCode ExitCodeOf(v1::ExecutionStatus status) {
  switch (status) {
    case v1::EXECUTION_STATUS_FAILED:
      return ExitCode::kFailed;
    case v1::EXECUTION_STATUS_TIMED_OUT:
      return ExitCode::kTimedOut;
    case v1::EXECUTION_STATUS_CANCELLED:
      return ExitCode::kCancelled;
    default:
      return ExitCode::kSucceeded;
  }
}

}  // namespace segue::cli
