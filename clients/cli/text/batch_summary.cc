#include "clients/cli/text/batch_summary.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "clients/cli/text/executions.h"
#include "clients/cpp/text/documents.h"
#include "clients/cpp/text/table.h"
#include "clients/cpp/text/times.h"
#include "google/rpc/status.pb.h"

namespace segue::cli {
namespace {

// Messages differ by ids; a thousand of them help nobody.
constexpr size_t kRefusalKindsMax = 20;

}  // namespace

void BatchSummary::Take(const v1::SubmitWorkflowsResponse& answer) {
  if (answer.has_accepted()) {
    ++accepted_;
    if (answer.accepted().duplicate()) ++duplicates_;
  } else if (answer.has_error()) {
    ++refused_;
    std::string message = answer.error().message();
    if (refusals_.size() >= kRefusalKindsMax && !refusals_.contains(message)) message = "(others)";
    ++refusals_[message];
  } else if (answer.has_closed()) {
    const v1::Execution& execution = answer.closed();
    ++closed_[execution.status()];
    if (execution.has_error()) ++errors_[execution.error().error()];
    durations_.push_back(Elapsed(execution, start_));
  }
}

int64_t BatchSummary::closed() const { return static_cast<int64_t>(durations_.size()); }

int64_t BatchSummary::closed(v1::ExecutionStatus status) const {
  const auto found = closed_.find(status);
  return found == closed_.end() ? 0 : found->second;
}

absl::Duration BatchSummary::Percentile(double share) const {
  if (durations_.empty()) return absl::ZeroDuration();
  std::vector<absl::Duration> sorted = durations_;
  const auto at = sorted.begin() + static_cast<int64_t>(share * static_cast<double>(closed() - 1));
  std::nth_element(sorted.begin(), at, sorted.end());
  return *at;
}

text::Line BatchSummary::Progress(absl::Time now) const {
  text::Line line;
  line.Add(absl::StrCat("accepted ", accepted_));
  if (refused_ > 0) line.Add(absl::StrCat("  refused ", refused_), text::Color::kRed);
  if (closed() > 0) {
    line.Add(absl::StrCat("  open ", accepted_ - closed()), text::Color::kCyan);
    for (const auto& [status, count] : closed_) {
      line.Add(absl::StrCat("  ", text::EnumName(status), " ", count), StatusColor(status));
    }
  }
  line.Add("  " + text::ShortDuration(now - start_), text::Color::kDim);
  return line;
}

std::string BatchSummary::Render(absl::Time now, text::ColorMode mode) const {
  text::Fields fields;
  fields.Add("Accepted", std::to_string(accepted_));
  if (duplicates_ > 0) fields.Add("Duplicates", absl::StrCat(duplicates_, " of them"));
  if (refused_ > 0) fields.Add("Refused", {std::to_string(refused_), text::Color::kRed});
  for (const auto& [status, count] : closed_) {
    fields.Add(text::EnumName(status), {std::to_string(count), StatusColor(status)});
  }
  for (const auto& [error, count] : errors_) {
    fields.Add("  " + text::OneLine(error), std::to_string(count));
  }
  for (const auto& [message, count] : refusals_) {
    fields.Add("  refused", absl::StrCat(count, "  ", text::OneLine(message)));
  }
  if (closed() > 0) {
    fields.Add("Took", absl::StrCat("p50 ", text::ShortDuration(Percentile(0.5)), ", p99 ",
                                    text::ShortDuration(Percentile(0.99)), ", max ",
                                    text::ShortDuration(Percentile(1))));
  }
  fields.Add("Together", text::ShortDuration(now - start_));
  return fields.Render(mode);
}

boost::json::value BatchSummary::Document(absl::Time now) const {
  boost::json::object closed_by_status;
  for (const auto& [status, count] : closed_) closed_by_status[text::EnumName(status)] = count;
  boost::json::object errors;
  for (const auto& [error, count] : errors_) errors[error] = count;
  boost::json::object refusals;
  for (const auto& [message, count] : refusals_) refusals[message] = count;
  const auto seconds = [](absl::Duration duration) { return absl::ToDoubleSeconds(duration); };
  return boost::json::object{
      {"accepted", accepted_},
      {"duplicates", duplicates_},
      {"refused", refused_},
      {"closed", closed_by_status},
      {"errors", errors},
      {"refusals", refusals},
      {"durationSeconds",
       {{"p50", seconds(Percentile(0.5))},
        {"p99", seconds(Percentile(0.99))},
        {"max", seconds(Percentile(1))}}},
      {"elapsedSeconds", seconds(now - start_)},
  };
}

}  // namespace segue::cli
