#include "server/base/ids.h"

namespace segue {

// FNV-1a, 64 bits, folded: stored keys depend on it, so it is spelled out here.
int SlotOf(std::string_view execution_id) {
  uint64_t hash = 14695981039346656037u;
  for (unsigned char c : execution_id) hash = (hash ^ c) * 1099511628211u;
  hash ^= hash >> 32;
  return static_cast<int>((hash ^ (hash >> 16)) & (kSlotCount - 1));
}

SlotRange SlotsOf(ShardPosition position) {
  return {.begin = position.index * kSlotCount / position.count,
          .end = (position.index + 1) * kSlotCount / position.count};
}

int ShardOf(std::string_view execution_id, int count) {
  const int slot = SlotOf(execution_id);
  int shard = slot * count / kSlotCount;
  while (!SlotsOf({.index = shard, .count = count}).Contains(slot)) ++shard;
  return shard;
}

}  // namespace segue
