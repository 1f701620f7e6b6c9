#pragma once

#include <string>
#include <vector>

#include "server/base/random.h"

namespace segue::simulation {

// A random definition in the States Language, in JSONPath, JSONata or both, which ends whatever its
// services, workers and clients do: all state types, inside each other, with all that their fields
// may hold (README.md has the list). It calls services "s0" ..., leaves work to workers,
// reads and writes objects (items.h), and expects an input of RandomInput.
struct WorkflowShape {
  int services = 1;
  int depth_max = 3;
  int states_max = 4;                                                 // of one sequence
  enum class Deadline { kDrawn, kNone } deadline = Deadline::kDrawn;  // of the whole
  // Whether its tasks are answered by what they ask alone.
  enum class Answers { kAny, kPredictable } answers = Answers::kAny;
  enum class Type { kStandard, kExpress } type = Type::kStandard;
  std::vector<std::string> workflows = {};  // that its tasks may start
  // kSend: with a task that completes another's.
  enum class Start { kAny, kSend } start = Start::kAny;
};
std::string RandomWorkflow(const WorkflowShape& shape, Random& random);

// What the names of states say: those of a predictable workflow begin with this; in all that are in
// EXPRESS executions this comes next.
inline constexpr char kPredictableState = 'M';
inline constexpr char kExpressState = 'x';
// Of a workflow that tasks start, its name says the same.
std::string StartableName(WorkflowShape::Answers answers, WorkflowShape::Type type, int number);
bool IsExpressName(const std::string& workflow);
// What the label of a Map Run with a ResultWriter begins with; its Transformation comes next.
inline constexpr char kWritingRun = 'W';

// What workers pull: task types, and activities, of which predictable definitions use the first
// alone. The others are deleted and made again.
inline constexpr int kTaskTypes = 2;
inline constexpr int kActivities = 2;
std::string TaskType(int number);
std::string ActivityName(int number);
// All of them, and the queue that each waits in.
const std::vector<std::string>& PulledNames();
std::string QueueOf(const std::string& pulled);

// {"n": 3, "items": [{"n": 1, "items": [...]}, ...]}, as deep as a definition may look. That of an
// execution has a "token" too: of a task that it may complete, or empty.
std::string RandomInput(Random& random);

}  // namespace segue::simulation
