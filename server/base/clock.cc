#include "server/base/clock.h"

#include "absl/time/clock.h"

namespace segue {

absl::Time RealClock::Now() const { return absl::Now(); }

}  // namespace segue
