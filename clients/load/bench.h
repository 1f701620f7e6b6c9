#pragma once

// The whole measurement in one command: starts echo service and server, measures both, ends both.

#include <string>

#include "absl/status/status.h"
#include "clients/load/run.h"
#include "clients/load/workflow_text.h"

namespace segue::load {

struct BenchOptions {
  std::string segued = "segued";  // path, or a name to be found in PATH
  std::string work_dir = ".";     // where the temporary data directory goes: a real disk
  std::string echo_program = "/proc/self/exe";
  int echo_threads = 1;
  int shards = 0;    // 0: one for each core
  LoadOptions load;  // address and submit target are set by the bench
  WorkflowShape shape;
  absl::Duration alone_duration = absl::Seconds(5);
  bool json = false;
};

// Prints the summary on stdout; progress goes to hooks.progress. Leaves no process and no file.
absl::Status RunBench(const BenchOptions& options, const Hooks& hooks);

// The server's configuration. Pure.
struct BenchAddresses {
  std::string grpc;
  std::string metrics;
  std::string echo;
};
std::string BenchConfig(const BenchOptions& options, const BenchAddresses& addresses,
                        const std::string& data_dir);

}  // namespace segue::load
