#pragma once

#include <string>
#include <vector>

#include "server/base/random.h"

namespace segue::simulation {

// A random definition in the States Language, in JSONPath, JSONata or both, which ends whatever its
// services, workers and clients do: all state types, inside each other, with all that their fields
// may hold (README.md has the list). It calls services "s0" ..., task types "t0" and "t1", reads
// and writes objects (items.h), and expects an input of RandomInput.
struct WorkflowShape {
  int services = 1;
  int depth_max = 3;
  int states_max = 4;                                                 // of one sequence
  enum class Deadline { kDrawn, kNone } deadline = Deadline::kDrawn;  // of the whole
  // Whether its tasks are answered by what they ask alone.
  enum class Answers { kAny, kPredictable } answers = Answers::kAny;
  enum class Type { kStandard, kExpress } type = Type::kStandard;
  std::vector<std::string> workflows = {};  // that its tasks may start
};
std::string RandomWorkflow(const WorkflowShape& shape, Random& random);

// What the names of states say: those of a predictable workflow begin with this; in all that are in
// EXPRESS executions this comes next.
inline constexpr char kPredictableState = 'M';
inline constexpr char kExpressState = 'x';
// What the label of a Map Run with a ResultWriter begins with; its Transformation comes next.
inline constexpr char kWritingRun = 'W';

// The task types that workers pull.
inline constexpr int kTaskTypes = 2;

// {"n": 3, "items": [{"n": 1, "items": [...]}, ...]}, as deep as a definition may look.
std::string RandomInput(Random& random);

}  // namespace segue::simulation
