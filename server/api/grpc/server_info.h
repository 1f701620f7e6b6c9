#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/time/time.h"
#include "server/base/mutex.h"

namespace segue::api {

// Stored records that could not be read, each once, the first kMax of them. Threads: any.
class StoreFaults {
 public:
  static constexpr size_t kMax = 100;
  using Faults = std::map<std::string, std::string>;  // by record

  void Add(const std::string& record, const std::string& fault) {
    MutexLock lock(&mutex_);
    if (faults_.size() < kMax) faults_.emplace(record, fault);
  }
  Faults all() const {
    MutexLock lock(&mutex_);
    return faults_;
  }

 private:
  mutable Mutex mutex_;
  Faults faults_ ABSL_GUARDED_BY(mutex_);
};

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
  StoreFaults store_faults;
};

}  // namespace segue::api
