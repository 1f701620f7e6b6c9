#pragma once

#include <map>
#include <ostream>
#include <string>
#include <vector>

#include "server/engine/execution.h"
#include "server/engine/limits.h"
#include "tests/support/engine_driver.h"

namespace segue::testing {

// One execution in a table: a definition, its input, how services answer; the outcome and the
// history's types.
struct Row {
  const char* name;
  const char* definition;
  const char* input = "{}";
  std::map<std::string, std::vector<Answer>> answers = {};
  engine::ExecutionStatus status = engine::ExecutionStatus::kSucceeded;
  const char* output = "{}";  // or, where it fails, "error: cause"
  const char* types = nullptr;
  engine::Limits limits = {};
};

inline void PrintTo(const Row& row, std::ostream* out) { *out << row.name; }

// Runs it twice: in memory, and recovered from the store after each event.
void RunRow(const Row& row);

}  // namespace segue::testing
