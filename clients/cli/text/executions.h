#pragma once

// Executions, their branches and events as text for people. Pure.

#include <algorithm>
#include <deque>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "clients/cpp/text/style.h"
#include "segue/v1/execution.pb.h"
#include "segue/v1/history.pb.h"

namespace segue::cli {

// How to write: colours, where the lines end, what time it is.
struct TextOptions {
  int width = 0;   // 0: lines are not cut
  int height = 0;  // 0: all lines
  text::ColorMode mode = text::ColorMode::kOff;
  absl::Time now;
  absl::TimeZone zone = absl::UTCTimeZone();
};

text::Color StatusColor(v1::ExecutionStatus status);

// "OutOfStock: no more apples"; either part may be missing.
std::string WorkflowErrorText(const v1::WorkflowError& error);

// "order@3", or "(inline)".
std::string WorkflowLabel(const v1::Execution& execution);

// From start to end, or to now.
absl::Duration Elapsed(const v1::Execution& execution, absl::Time now);

// "k=v,k=v", by key.
template <typename Map>
std::string LabelsText(const Map& labels) {
  std::vector<std::string> parts;
  for (const auto& [key, value] : labels) parts.push_back(key + "=" + value);
  std::sort(parts.begin(), parts.end());
  std::string text;
  for (const auto& part : parts) {
    if (!text.empty()) text += ',';
    text += part;
  }
  return text;
}

// A table of executions.
std::string ExecutionsTable(const std::vector<v1::Execution>& executions,
                            const TextOptions& options);

// All there is to say about one execution, its branches included.
std::string ExecutionText(const v1::Execution& execution, const TextOptions& options);

// What a branch is doing and why: "CALLING grpc:payment/… attempt 2, times out in 4s".
text::Line BranchLine(const v1::Branch& branch, int depth, const TextOptions& options);

// Branches as a tree: children below their parent, indented.
std::vector<text::Line> BranchTree(const v1::Execution& execution, const TextOptions& options);

// One event on one line: time, id, type, state, and what matters for its type.
text::Line EventLine(const v1::HistoryEvent& event, const TextOptions& options);

// What `watch` draws on a terminal: at most options.height lines.
struct LiveView {
  v1::Execution execution;
  std::deque<v1::HistoryEvent> recent;  // the oldest first
};
std::vector<std::string> RenderLiveView(const LiveView& view, const TextOptions& options);

}  // namespace segue::cli
