#pragma once

#include <cstdint>

#include "absl/time/time.h"

// Stored times are whole microseconds since 1970 in an int64. Its ends stand for InfinitePast and
// InfiniteFuture; a finite time beyond them counts as infinite.
//
// A wake is rounded up, so that nobody wakes early; start and end times are rounded down. A bound
// that is compared with stored times is rounded so that the comparison says the same as with the
// exact bound: down for "at most", up for "less than" and "at least".

namespace segue::store {

int64_t FloorMicros(absl::Time time);
int64_t CeilMicros(absl::Time time);
absl::Time TimeFromMicros(int64_t micros);

}  // namespace segue::store
