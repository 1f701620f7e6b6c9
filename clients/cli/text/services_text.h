#pragma once

// Services and their budgets as text for people. Pure.

#include <string>
#include <vector>

#include "clients/cli/text/executions.h"
#include "segue/v1/service.pb.h"

namespace segue::cli {

std::string ServicesTable(const std::vector<v1::Service>& services, const TextOptions& options);

}  // namespace segue::cli
