#pragma once

#include <prometheus/metric_family.h>

#include <vector>

namespace segue::observability {

// This process as Prometheus clients report it: process_cpu_seconds_total,
// process_resident_memory_bytes, process_virtual_memory_bytes, process_open_fds,
// process_start_time_seconds. From /proc/self (proc(5)).
std::vector<prometheus::MetricFamily> ProcessMetrics();

}  // namespace segue::observability
