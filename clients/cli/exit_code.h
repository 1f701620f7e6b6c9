#pragma once

// What `segue` tells its caller by its exit code.

#include "absl/status/status.h"
#include "segue/v1/execution.pb.h"

namespace segue::cli {

enum class ExitCode : int {
  kSucceeded = 0,
  kUsage = 1,        // wrong arguments, and whatever has no code of its own
  kRefused = 2,      // the server refused it: not found, invalid, not in this state
  kFailed = 3,       // the execution FAILED
  kTimedOut = 4,     // the execution TIMED_OUT
  kCancelled = 5,    // the execution was CANCELLED
  kUnavailable = 6,  // no server, or none that takes requests
  kWaitTimedOut = 7,
  kInterrupted = 130,  // Ctrl-C, as shells number it
};

// Stands in --help.
inline constexpr char kExitCodesHelp[] =
    "Exit codes:\n"
    "  0    succeeded (with --wait or --watch: the execution SUCCEEDED)\n"
    "  1    wrong usage, a file that cannot be read, or another error\n"
    "  2    refused by the server: not found, invalid argument, or not possible in this state\n"
    "  3    the execution FAILED\n"
    "  4    the execution TIMED_OUT\n"
    "  5    the execution was CANCELLED\n"
    "  6    the server is unavailable, or takes no more work now\n"
    "  7    the wait timed out; the execution goes on\n"
    "  130  interrupted (Ctrl-C); executions go on";

ExitCode ExitCodeOf(const absl::Status& status);

// Of an execution that has ended; kSucceeded for one that is open.
ExitCode ExitCodeOf(v1::ExecutionStatus status);

}  // namespace segue::cli
