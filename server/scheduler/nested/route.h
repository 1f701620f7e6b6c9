#pragma once

#include <optional>
#include <string>

#include "server/language/workflow.h"

namespace segue::scheduler {

// Where an attempt of a Task goes: a service of the registry, and its method.
struct Route {
  std::string service;
  std::string method;
};

// Nothing where this server has no connector for the resource.
std::optional<Route> RouteOf(const language::Resource& resource);

}  // namespace segue::scheduler
