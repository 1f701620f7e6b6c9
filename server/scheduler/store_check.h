#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "server/async/executor.h"
#include "server/async/task.h"
#include "server/store/store.h"

namespace segue::scheduler {

// What is wrong with a stored record.
struct StoreFault {
  std::string record;  // "execution e1", "history of execution e1", "workflow order/1", ...
  std::string fault;
  enum class Kind { kExecution, kHistory, kIndex, kShared } kind = Kind::kShared;
};

struct StoreReport {
  int64_t executions = 0;
  int64_t open = 0;
  int64_t history_events = 0;
  int64_t workflows = 0;
  std::vector<StoreFault> faults;
};

// Reads every record of the store as recovery and queries would, and names those that cannot be
// read, or that contradict each other. Changes nothing. The store must be in nobody's use.
async::Task<StoreReport> CheckStore(store::Store& store, async::Executor& executor);

}  // namespace segue::scheduler
