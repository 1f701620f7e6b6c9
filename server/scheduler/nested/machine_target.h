#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "server/base/random.h"
#include "server/scheduler/catalog/arn.h"
#include "server/scheduler/catalog/book.h"
#include "server/scheduler/catalog/catalog.h"
#include "server/scheduler/catalog/state_machine.h"

// What the ARN of a state machine leads to: the machine itself, one of its published versions, or
// an alias.

namespace segue::scheduler {

struct MachineTarget {
  WorkflowVersionPtr version;
  int64_t published_version = 0;  // 0: the machine itself
  std::string alias;
};

// What has been published of the machine whose newest version is `newest`: nothing yet of a
// workflow that was deleted and made again, whatever `kept` says (may be null).
Publication CurrentPublication(const WorkflowVersion& newest, const Publication* kept);

// Nothing where there is no such machine, version or alias. An alias with two versions takes one of
// them by their weights.
std::optional<MachineTarget> FindMachineTarget(const Catalog& catalog,
                                               const Book<Publication>& publications,
                                               const Arn& arn, Random& random);

}  // namespace segue::scheduler
