#pragma once

#include <set>
#include <string>

#include "tests/conformance/store_suite.h"

// What a process commits until it dies, and what the store then holds: both follow from how many
// batches have landed, so that a batch that landed in part shows.

namespace segue::store {

// Of each life of the process.
inline constexpr int kBatchesOfALife = 80;
// How many batches may wait for their answers at once.
inline constexpr int kBatchesUnderWay = 4;

// Starts an execution, ends one, removes one, and notes in a document that it landed.
Batch BatchOf(int life, int number, const Fence& fence);

// How many batches of this life have landed, by that document.
absl::StatusOr<int> Landed(StoreDriver& driver, int life);

// All that can be read: lists, wakes, what has closed, and each listed execution as well as those
// of `life`, with its history; a line each.
std::set<std::string> Contents(StoreDriver& driver, int life);

}  // namespace segue::store
