#pragma once

#include <cstdint>
#include <string>

#include "absl/time/time.h"
#include "tests/simulation/knobs.h"
#include "tests/simulation/trace.h"

namespace segue::simulation {

struct RunOptions {
  uint64_t seed = 1;
  Trace::Print print = Trace::Print::kNo;
  Plant plant = Plant::kNone;
  Cuts cuts = {};
};

// What a run came to. Two runs of one seed give the same.
struct RunResult {
  std::string broken;  // the first rule that was broken, and how; empty: none
  uint64_t trace_hash = 0;
  int64_t steps = 0;
  int64_t fault_steps = 0;  // of them, before the quiet phase
  int submits = 0;
  int operations = 0;
  int clients = 0;
  int64_t executions = 0;
  int64_t calls = 0;
  int64_t answers = 0;
  int64_t predicted = 0;  // executions whose outcome the model had told
  int64_t reads = 0;      // Map Runs that read their items
  int64_t results = 0;    // Map Runs whose written results were looked at
  int64_t activity_tasks = 0;
  int64_t sent = 0;           // results that a task got from another
  int64_t names_refused = 0;  // of children: others had them
  int64_t redrives = 0;
  int64_t map_runs = 0;  // that are stored at the end
  int64_t children = 0;  // executions that others started
  int crashes = 0;
  int stops = 0;
  absl::Duration simulated;
};

RunResult Run(const RunOptions& options);

}  // namespace segue::simulation
