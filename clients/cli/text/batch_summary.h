#pragma once

// What came of many submits: counts and latencies, as a live line, a table and a document.

#include <boost/json/value.hpp>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "clients/cpp/text/style.h"
#include "segue/v1/execution_service.pb.h"

namespace segue::cli {

// Not thread-safe. Times are given by the caller.
class BatchSummary {
 public:
  explicit BatchSummary(absl::Time start) : start_(start) {}

  void Take(const v1::SubmitWorkflowsResponse& answer);

  int64_t answered() const { return accepted_ + refused_; }
  int64_t refused() const { return refused_; }
  int64_t closed() const;
  int64_t closed(v1::ExecutionStatus status) const;

  // "accepted 120  running 14  SUCCEEDED 98  FAILED 8  1.2s".
  text::Line Progress(absl::Time now) const;
  std::string Render(absl::Time now, text::ColorMode mode) const;
  boost::json::value Document(absl::Time now) const;

 private:
  absl::Duration Percentile(double share) const;

  const absl::Time start_;
  int64_t accepted_ = 0;
  int64_t duplicates_ = 0;
  int64_t refused_ = 0;
  std::map<v1::ExecutionStatus, int64_t> closed_;
  std::map<std::string, int64_t> errors_;    // of executions, by error name
  std::map<std::string, int64_t> refusals_;  // of submits, by message
  std::vector<absl::Duration> durations_;    // of executions, by the server's times
};

}  // namespace segue::cli
