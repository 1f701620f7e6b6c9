#pragma once

#include <cstdint>

#include "absl/container/flat_hash_set.h"
#include "server/base/ids.h"

namespace segue::services {

// Names one attempt to a budget.
using LeaseId = StrongId<struct LeaseIdTag, uint64_t>;

// A limit on attempts under way. The slots in use are the set of attempts that hold one: there is
// no count that could drift from the work, and returning one twice changes nothing.
//
// Threads: one at a time.
class Slots {
 public:
  // 0: no limit. A limit below what is in use takes nothing away: slots come free as work ends.
  explicit Slots(int32_t max) : max_(max) {}
  void SetMax(int32_t max) { max_ = max; }

  bool HasFree() const { return max_ == 0 || in_use() < max_; }
  // Whether the slot that is taken next is the last one.
  bool NextIsLast() const { return max_ != 0 && in_use() + 1 >= max_; }
  int64_t in_use() const { return static_cast<int64_t>(leases_.size()); }

  // Requires a free slot, and that `id` has none.
  void Take(LeaseId id);
  // False where `id` holds none.
  bool Return(LeaseId id);

 private:
  int32_t max_;
  absl::flat_hash_set<LeaseId> leases_;
};

}  // namespace segue::services
