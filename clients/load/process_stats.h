#pragma once

// CPU time and memory of processes.

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"

namespace segue::load {

struct ProcessStats {
  double cpu_seconds = 0;  // user and system, since the process began
  int64_t rss_bytes = 0;
};

// From /proc. NOT_FOUND without the process.
absl::StatusOr<ProcessStats> StatsOfProcess(int pid);

// From process_cpu_seconds_total and process_resident_memory_bytes at http://<address>/metrics.
absl::StatusOr<ProcessStats> StatsOfMetrics(const std::string& address);

// The two figures in the text format of Prometheus. NOT_FOUND if one is missing. Pure.
absl::StatusOr<ProcessStats> ParseMetrics(const std::string& text);

// The text of /proc/PID/stat and /proc/PID/statm. Pure.
absl::StatusOr<ProcessStats> ParseProc(const std::string& stat, const std::string& statm,
                                       int64_t ticks_per_second, int64_t page_bytes);

}  // namespace segue::load
