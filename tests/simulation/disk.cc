#include "tests/simulation/disk.h"

namespace segue::simulation {

absl::StatusOr<store::Fence> Disk::Acquire(SlotRange slots, const std::string& owner) {
  return store_.Acquire(slots, owner);
}

absl::Status Disk::Write(store::Batch batch) {
  const store::Batch copy = batch;
  ledger_.BeforeWrite(copy);
  absl::Status result = absl::UnknownError("not answered");
  store_.Commit(std::move(batch), inline_, [&result](absl::Status status) { result = status; });
  if (result.ok()) ledger_.OnDurable(copy);
  return result;
}

}  // namespace segue::simulation
