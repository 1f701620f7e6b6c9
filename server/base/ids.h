#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "absl/hash/hash.h"

namespace segue {

// A string or number that means one thing: an ExecutionId cannot be passed as a RequestId.
template <typename Tag, typename T>
class StrongId {
 public:
  using Value = T;
  StrongId() = default;
  explicit StrongId(T value) : value_(std::move(value)) {}
  const T& value() const { return value_; }

  friend bool operator==(const StrongId&, const StrongId&) = default;
  friend auto operator<=>(const StrongId&, const StrongId&) = default;
  template <typename H>
  friend H AbslHashValue(H h, const StrongId& id) {
    return H::combine(std::move(h), id.value_);
  }

 private:
  T value_{};
};

// One run of a workflow. Chosen by the caller or generated: [A-Za-z0-9_-]{1,80}.
using ExecutionId = StrongId<struct ExecutionIdTag, std::string>;
// A line of control inside an execution; 0 is the root. Never reused inside an execution.
using BranchId = StrongId<struct BranchIdTag, uint64_t>;

inline constexpr int kSlotCount = 256;

// Executions are spread over kSlotCount slots by a hash of their id that never changes between
// versions. A shard owns a range of slots, so the number of shards can change without rewriting
// data.
int SlotOf(std::string_view execution_id);

// Slots [begin, end).
struct SlotRange {
  int begin = 0;
  int end = kSlotCount;
  bool Contains(int slot) const { return slot >= begin && slot < end; }
  friend bool operator==(const SlotRange&, const SlotRange&) = default;
};

// The slots of shard `index` of `count` shards: contiguous, disjoint, together all.
struct ShardPosition {
  int index = 0;
  int count = 1;
};
SlotRange SlotsOf(ShardPosition position);

// The shard of `count` that owns the execution.
int ShardOf(std::string_view execution_id, int count);

}  // namespace segue
