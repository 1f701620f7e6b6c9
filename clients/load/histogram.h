#pragma once

// Latencies by the million in a few kilobytes: buckets whose width is at most 1/64 of their value.
//
// Not thread-safe: one for each thread, merged at the end.

#include <cstdint>
#include <vector>

#include "absl/time/time.h"

namespace segue::load {

class Histogram {
 public:
  void Add(absl::Duration latency);
  void Merge(const Histogram& other);

  int64_t count() const { return count_; }
  absl::Duration max() const { return absl::Nanoseconds(max_ns_); }
  // The latency that `share` (0 to 1) of all stay at or below; at most 1.6 % too large.
  absl::Duration Percentile(double share) const;

 private:
  std::vector<int64_t> counts_;
  int64_t count_ = 0;
  int64_t max_ns_ = 0;
};

}  // namespace segue::load
