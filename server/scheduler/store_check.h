#pragma once

#include <cstdint>
#include <functional>
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
  enum class Kind {
    kExecution,
    kHistory,
    kIndex,
    kMapRun,
    kBudget,
    kShared,  // anything else that executions need
  } kind = Kind::kShared;
};

struct StoreReport {
  int64_t executions = 0;
  int64_t open = 0;
  int64_t history_events = 0;
  int64_t workflows = 0;
  std::vector<StoreFault> faults;
};

// How records are read that are not the scheduler's own.
struct DocumentReader {
  std::string collection;
  std::string what;  // "budget of service": the key follows
  StoreFault::Kind kind = StoreFault::Kind::kShared;
  std::function<absl::Status(const store::Document&)> read;
};

// Reads every record of the store as recovery and queries would, and names those that cannot be
// read, or that contradict each other. Changes nothing. The store must be in nobody's use.
async::Task<StoreReport> CheckStore(store::Store& store, async::Executor& executor,
                                    std::vector<DocumentReader> others);

}  // namespace segue::scheduler
