#pragma once

#include <cstddef>
#include <string>

#include "absl/status/statusor.h"
#include "server/async/executor.h"
#include "server/async/task.h"
#include "server/store/store.h"

// The key under which the proofs in task tokens are made (engine/task_token.h). It is kept with the
// store, so that a token is good whichever server is asked, and as long as its task waits.

namespace segue::scheduler {

inline constexpr size_t kTokenKeyBytes = 32;

// The store's key; DataLoss where it cannot be read, and an empty one where there is none yet.
async::Task<absl::StatusOr<std::string>> ReadTokenKey(store::Store& store,
                                                      async::Executor& executor);

// Likewise; but where there is none, `fresh` becomes it, durably.
async::Task<absl::StatusOr<std::string>> KeepTokenKey(std::string fresh, store::Store& store,
                                                      async::Executor& executor);

}  // namespace segue::scheduler
