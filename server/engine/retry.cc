#include "server/engine/retry.h"

#include <algorithm>
#include <cmath>

namespace segue::engine {
namespace {

// Longer than any backoff that means something; keeps a rate to the power of many retries finite.
constexpr absl::Duration kBackoffMax = absl::Hours(24 * 366);

bool MatchesOne(const std::string& pattern, const WorkflowError& error) {
  // That of a task's result that is too large too, whatever the Developer Guide says [recorded].
  if (pattern == "States.ALL") return true;
  if (pattern == "States.TaskFailed") {
    return error.name != "States.Timeout" && error.name != "States.HeartbeatTimeout" &&
           error.name != "States.DataLimitExceeded";
  }
  // AWS: a heartbeat that is missing is a timeout too.
  if (pattern == "States.Timeout" && error.name == "States.HeartbeatTimeout") return true;
  return pattern == error.name;
}

}  // namespace

bool Matches(const std::vector<std::string>& error_equals, const WorkflowError& error) {
  // A definition that is wrong about its data: nothing retries or catches it, not even by name
  // [recorded].
  if (error.name == "States.Runtime") return false;
  return std::any_of(error_equals.begin(), error_equals.end(),
                     [&error](const std::string& pattern) { return MatchesOne(pattern, error); });
}

absl::Duration Backoff(const language::Retrier& retrier, int used, Random& random) {
  const double seconds =
      absl::ToDoubleSeconds(retrier.interval) * std::pow(retrier.backoff_rate, used);
  const absl::Duration longest = std::min(retrier.max_delay.value_or(kBackoffMax), kBackoffMax);
  // Compared as numbers: a product that is infinite is no Duration.
  const absl::Duration delay =
      seconds < absl::ToDoubleSeconds(longest) ? absl::Seconds(seconds) : longest;
  switch (retrier.jitter) {
    case language::Retrier::Jitter::kNone:
      return delay;
    case language::Retrier::Jitter::kFull:
      return delay * random.Uniform();
  }
  return delay;
}

Json ErrorOutput(const WorkflowError& error) {
  return Json::Of({{"Error", error.name}, {"Cause", error.cause}});
}

}  // namespace segue::engine
