#pragma once

#include <atomic>
#include <cstdint>
#include <string>

#include "absl/time/time.h"

namespace segue::api {

// What AdminService.GetServerInfo tells; the counters are kept by whoever observes the scheduler.
struct ServerInfo {
  std::string version;
  std::string git_commit;
  std::string build_type;
  absl::Time start_time;
  std::string store;  // "rocksdb", "memory"
  int shard_count = 0;
  std::atomic<int64_t> recovery_us{0};
  std::atomic<int64_t> open_executions{0};
  std::atomic<int64_t> loaded_executions{0};
  std::atomic<bool> draining{false};
};

}  // namespace segue::api
