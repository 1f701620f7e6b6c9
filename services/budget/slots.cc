#include "services/budget/slots.h"

#include "server/base/check.h"

namespace segue::services {

void Slots::Take(LeaseId id) {
  SEGUE_CHECK(HasFree());
  SEGUE_CHECK(leases_.insert(id).second);
}

bool Slots::Return(LeaseId id) { return leases_.erase(id) > 0; }

}  // namespace segue::services
