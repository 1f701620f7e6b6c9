#pragma once

#include <cstdint>

namespace segue::engine {

// How much an execution may hold. The defaults for data are AWS's quotas; a host may raise them.
struct Limits {
  // Bytes of JSON text of a task's arguments or result, a state's output, an iteration's input.
  // More is States.DataLimitExceeded.
  int64_t payload_bytes_max = 256 * 1024;
  // Of one variable, and of all that one Assign gives.
  int64_t assigned_bytes_max = 256 * 1024;
  // Of all variables that an execution has at a time.
  int64_t variables_bytes_max = 10 * 1024 * 1024;
  // Events of a STANDARD execution's history; with one more it fails. 0: any number (AWS: 25,000).
  int64_t history_events_max = 0;
};

}  // namespace segue::engine
