#pragma once

#include <memory>

#include "absl/status/statusor.h"
#include "segue/config/v1/config.pb.h"
#include "server/store/store.h"

namespace segue::process {

// The configured store; its directory is made where it is missing.
absl::StatusOr<std::unique_ptr<store::Store>> OpenStore(const config::v1::Store& config);

// `segued --check`: reads all that the configured store holds and prints, on standard output, the
// records that cannot be read. The exit code: 0 where there are none, 1 where there are, or where
// the store cannot be opened.
int CheckStored(const config::v1::Store& config);

// Opens the store without what its log has lost, so that the server can start: --accept-loss.
// Returns the exit code.
int AcceptLoss(const config::v1::Store& config);

}  // namespace segue::process
