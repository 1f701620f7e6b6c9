#pragma once

// The definitions that the load generator runs. Pure.

#include <string>

namespace segue::load {

struct WorkflowShape {
  int tasks = 3;                 // gRPC calls, one after the other
  std::string service = "load";  // whose Echo they call
  double wait_seconds = 0;       // a Wait state before the tasks; 0: none
};

// In the States Language, JSON. Without tasks and wait: one Pass state.
std::string WorkflowText(const WorkflowShape& shape);

}  // namespace segue::load
