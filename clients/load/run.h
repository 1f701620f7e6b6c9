#pragma once

// One measured run: threads, phases, and the sum of what they saw.
//
// Phases: warm-up (not counted), the window (counted), drain (no more begins; what is open may
// end). An execution counts in the window in which it ends.

#include <atomic>
#include <functional>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "clients/load/driver.h"
#include "clients/load/process_stats.h"

namespace segue::load {

enum class Mode { kStream, kUnary, kRaw };

struct LoadOptions {
  Mode mode = Mode::kStream;
  std::string address;
  SubmitOptions submit;       // kStream and kUnary
  std::string payload = "x";  // kRaw
  int threads = 1;
  int connections = 2;
  int streams = 8;  // kStream
  int open = 256;
  double rate_per_second = 0;  // 0: closed loop
  int64_t count = 0;           // after the warm-up; 0: by duration
  absl::Duration warmup = absl::Seconds(2);
  absl::Duration duration = absl::Seconds(10);
  absl::Duration drain = absl::Seconds(30);
};

// CPU of a process over the window, and its memory at the window's end.
struct Usage {
  double cpu_seconds = 0;
  int64_t rss_bytes = 0;
  int64_t rss_bytes_max = 0;  // of the samples, one a second
};

struct LoadResult {
  Counts counts;
  double window_seconds = 0;
  int64_t missed = 0;      // open loop: begins that --open did not allow
  int64_t unfinished = 0;  // still open after the drain
  double client_cpu_seconds = 0;
  std::optional<Usage> server;  // if it can be asked
};

struct Hooks {
  const std::atomic<bool>& stop;  // ends the run early; what was measured counts
  // A line for people, about once a second.
  std::function<void(const std::string&)> progress;
  // Asked at the window's ends and once a second between. Empty: no figures.
  std::function<absl::StatusOr<ProcessStats>()> server_stats;
};

// UNAVAILABLE if nothing answers at the address.
absl::StatusOr<LoadResult> RunLoad(const LoadOptions& options, const Hooks& hooks);

}  // namespace segue::load
