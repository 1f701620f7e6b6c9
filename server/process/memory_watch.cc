#include "server/process/memory_watch.h"

#include <malloc.h>
#include <unistd.h>

#include <fstream>

namespace segue::process {
namespace {

constexpr absl::Duration kInterval = absl::Milliseconds(200);

// proc(5), /proc/self/statm: pages, the second is what is resident.
int64_t ResidentBytes() {
  std::ifstream statm("/proc/self/statm");
  int64_t size = 0, resident = 0;
  statm >> size >> resident;
  return resident * sysconf(_SC_PAGESIZE);
}

}  // namespace

void MemoryWatch::Start(async::Executor& executor) {
  if (bytes_max_ > 0) Look(executor);
}

void MemoryWatch::Look(async::Executor& executor) {
  int64_t bytes = ResidentBytes();
  if (bytes > bytes_max_) {
    malloc_trim(0);
    bytes = ResidentBytes();
  }
  const bool full = bytes > bytes_max_;
  if (full_.exchange(full) != full) {
    const observability::Log::Fields fields = {{"bytes", bytes}, {"bytes_max", bytes_max_}};
    if (full) {
      log_.Warning("memory is at its bound: submits are refused", fields);
    } else {
      log_.Info("memory is below its bound again: submits are taken", fields);
    }
  }
  executor.At(executor.Now() + kInterval, [this, &executor] { Look(executor); });
}

}  // namespace segue::process
