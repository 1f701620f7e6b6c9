#include <algorithm>

#include "clients/load/driver.h"

namespace segue::load {
namespace {

// Messages that hold ids are all different.
constexpr size_t kErrorKindsMax = 20;

void CountError(std::map<std::string, int64_t>& errors, const std::string& error, int64_t count) {
  const bool known = errors.contains(error) || errors.size() < kErrorKindsMax;
  errors[known ? error : "(others)"] += count;
}

}  // namespace

void Counts::Merge(const Counts& other) {
  started += other.started;
  completed += other.completed;
  failed += other.failed;
  refused += other.refused;
  lost += other.lost;
  latency.Merge(other.latency);
  accept_latency.Merge(other.accept_latency);
  for (const auto& [error, count] : other.errors) CountError(errors, error, count);
}

void Recorder::Started(absl::Time now) {
  ++open_;
  live_.started.fetch_add(1, std::memory_order_relaxed);
  if (Measured(now)) ++counts_.started;
}

void Recorder::Accepted(absl::Time begin) {
  const absl::Time now = absl::Now();
  if (Measured(now)) counts_.accept_latency.Add(now - begin);
}

void Recorder::Ended(absl::Time begin, Outcome outcome, const std::string& error) {
  const absl::Time now = absl::Now();
  --open_;
  last_end_ = now;
  (outcome == Outcome::kCompleted ? live_.completed : live_.failed)
      .fetch_add(1, std::memory_order_relaxed);
  if (!Measured(now)) return;
  switch (outcome) {
    case Outcome::kCompleted:
      ++counts_.completed;
      break;
    case Outcome::kFailed:
      ++counts_.failed;
      break;
    case Outcome::kRefused:
      ++counts_.refused;
      break;
    case Outcome::kLost:
      ++counts_.lost;
      break;
  }
  if (outcome == Outcome::kCompleted) {
    counts_.latency.Add(now - begin);
  } else {
    CountError(counts_.errors, error, 1);
  }
}

}  // namespace segue::load
