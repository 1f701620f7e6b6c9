#pragma once

#include <cstdint>
#include <string>

#include "absl/time/time.h"
#include "server/engine/execution.h"

// When an execution can be redriven (Developer Guide, "Redrive eligibility for unsuccessful
// executions").

namespace segue::scheduler {

// Asking again under the same token is no new redrive for so long (service-2.json,
// RedriveExecutionInput, clientToken).
inline constexpr absl::Duration kRedriveTokenValid = absl::Minutes(15);

struct RedriveTerms {
  absl::Duration period;       // after the end
  int64_t history_events = 0;  // an execution's history has at most so many; 0: any number
};

// Whether the store has kept where it stood.
enum class Kept { kNo, kYes };

// Why it cannot be redriven, in the words of service-2.json (DescribeExecutionOutput,
// redriveStatusReason); empty where it can.
std::string RedriveFault(const engine::Execution& execution, Kept kept, const RedriveTerms& terms,
                         absl::Time now);

}  // namespace segue::scheduler
