#pragma once

#include <optional>
#include <string_view>

#include "server/api/states/call.h"
#include "server/scheduler/requests.h"

// What the operations on executions say of redrives.

namespace segue::api::states {

// redriveStatus and redriveStatusReason.
Json WithRedriveStatus(const scheduler::ExecutionView& view, Json answer);

// Of ListExecutions' redriveFilter; nothing where it is empty.
std::optional<scheduler::Redrives> RedrivesOf(std::string_view filter);
// ValidationException where ListExecutions has a filter that is for the children of a Map Run
// alone (service-2.json, ListExecutionsInput).
std::optional<ApiError> CheckFiltersOfMachine(const Call& call);

}  // namespace segue::api::states
