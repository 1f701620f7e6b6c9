#include "tests/simulation/disk.h"

namespace segue::simulation {

absl::StatusOr<store::Fence> Disk::Acquire(SlotRange slots, const std::string& owner) {
  absl::StatusOr<store::Fence> fence = store_.Acquire(slots, owner);
  if (fence.ok()) fences_.push_back(*fence);
  return fence;
}

absl::Status Disk::Write(store::Batch batch, Fencing fencing) {
  for (const store::Fence& fence : fences_) {
    const bool same = fence.slots == batch.fence.slots;
    if (same && fencing == Fencing::kIgnored) batch.fence.epoch = fence.epoch;
  }
  const store::Batch copy = batch;
  ledger_.BeforeWrite(copy);
  absl::Status result = absl::UnknownError("not answered");
  store_.Commit(std::move(batch), inline_, [&result](absl::Status status) { result = status; });
  if (result.ok()) ledger_.OnDurable(copy);
  return result;
}

}  // namespace segue::simulation
