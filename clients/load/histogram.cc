#include "clients/load/histogram.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace segue::load {
namespace {

// 64 buckets for every doubling; below 64 ns each value has its own.
constexpr int kSubBits = 6;
constexpr int64_t kSub = int64_t{1} << kSubBits;

size_t BucketOf(int64_t ns) {
  if (ns < kSub) return static_cast<size_t>(ns);
  const int shift = static_cast<int>(std::bit_width(static_cast<uint64_t>(ns))) - kSubBits - 1;
  return static_cast<size_t>((shift + 1) * kSub + (ns >> shift) - kSub);
}

// The largest value of the bucket.
int64_t UpperBound(size_t bucket) {
  const int64_t index = static_cast<int64_t>(bucket);
  if (index < kSub) return index;
  const int64_t shift = index / kSub - 1;
  return ((index % kSub + kSub + 1) << shift) - 1;
}

}  // namespace

void Histogram::Add(absl::Duration latency) {
  const int64_t ns = std::max<int64_t>(0, absl::ToInt64Nanoseconds(latency));
  const size_t bucket = BucketOf(ns);
  if (bucket >= counts_.size()) counts_.resize(bucket + 1);
  ++counts_[bucket];
  ++count_;
  max_ns_ = std::max(max_ns_, ns);
}

void Histogram::Merge(const Histogram& other) {
  if (other.counts_.size() > counts_.size()) counts_.resize(other.counts_.size());
  for (size_t i = 0; i < other.counts_.size(); ++i) counts_[i] += other.counts_[i];
  count_ += other.count_;
  max_ns_ = std::max(max_ns_, other.max_ns_);
}

absl::Duration Histogram::Percentile(double share) const {
  if (count_ == 0) return absl::ZeroDuration();
  const auto rank =
      std::max<int64_t>(1, static_cast<int64_t>(std::ceil(share * static_cast<double>(count_))));
  int64_t seen = 0;
  for (size_t i = 0; i < counts_.size(); ++i) {
    seen += counts_[i];
    if (seen >= rank) return absl::Nanoseconds(std::min(UpperBound(i), max_ns_));
  }
  return max();
}

}  // namespace segue::load
