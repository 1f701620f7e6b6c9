#include <gtest/gtest.h>

#include <string>

#include "server/engine/limits.h"
#include "tests/support/engine_driver.h"

// Limits::history_events_max: a history never has more events, and says so with its last one.

namespace segue::engine {
namespace {

using segue::testing::EngineDriver;
using segue::testing::Scripted;
using segue::testing::Workflow;

constexpr char kPass[] = R"({"StartAt": "A", "States": {"A": {"Type": "Pass", "End": true}}})";
constexpr char kLoop[] = R"({"StartAt": "A", "States": {"A": {"Type": "Pass", "Next": "B"},
    "B": {"Type": "Choice", "Default": "A",
          "Choices": [{"Variable": "$.no", "IsPresent": true, "Next": "C"}]},
    "C": {"Type": "Succeed"}}})";
constexpr char kMap[] = R"({"StartAt": "M", "States": {"M": {"Type": "Map", "End": true,
    "ItemProcessor": {"StartAt": "T", "States": {
      "T": {"Type": "Task", "Resource": "grpc:w/t.T/Do", "End": true}}}}}})";

struct Row {
  const char* name;
  const char* definition;
  int64_t events_max = 0;
  const char* input = "{}";
  ExecutionType type = ExecutionType::kStandard;
  ExecutionStatus status = ExecutionStatus::kFailed;
  size_t events = 0;
};

const Row kRows[] = {
    {.name = "just enough",
     .definition = kPass,
     .events_max = 4,
     .status = ExecutionStatus::kSucceeded,
     .events = 4},
    {.name = "no room for the end", .definition = kPass, .events_max = 3, .events = 3},
    {.name = "an endless loop", .definition = kLoop, .events_max = 2500, .events = 2500},
    {.name = "many events at once",
     .definition = kMap,
     .events_max = 10,
     .input = "[1, 2, 3, 4, 5, 6, 7, 8]",
     .events = 10},
    {.name = "EXPRESS has no history",
     .definition = kPass,
     .events_max = 3,
     .type = ExecutionType::kExpress,
     .status = ExecutionStatus::kSucceeded,
     .events = 4},
};

TEST(HistoryLimitTest, IsTheLastEvent) {
  for (const Row& row : kRows) {
    SCOPED_TRACE(row.name);
    EngineDriver::Options options;
    options.type = row.type;
    options.limits.history_events_max = row.events_max;
    EngineDriver driver(Workflow(row.definition), row.input, Scripted({}), options);
    driver.Run();
    EXPECT_EQ(driver.execution().status, row.status);
    EXPECT_EQ(driver.history().size(), row.events);
    EXPECT_EQ(driver.calls_out(), 0u);
    if (row.status != ExecutionStatus::kFailed) continue;
    EXPECT_EQ(driver.history().back().type, HistoryEventType::kExecutionFailed);
    EXPECT_EQ(driver.execution().error->name, "States.Runtime");
    EXPECT_EQ(driver.execution().error->cause,
              "The execution reached the maximum number of history events (" +
                  std::to_string(row.events_max) + ").");
  }
}

}  // namespace
}  // namespace segue::engine
