#include <gtest/gtest.h>

#include <string>

#include "tests/support/engine_driver.h"

// Sizes, bounded by counts of operations and not by clocks.

namespace segue::engine {
namespace {

using segue::testing::Answer;
using segue::testing::EngineDriver;
using segue::testing::Scripted;
using segue::testing::Workflow;

std::string Items(int count) {
  std::string text = "[";
  for (int index = 0; index < count; ++index) {
    if (index > 0) text += ',';
    text += std::to_string(index);
  }
  return text + "]";
}

EngineDriver::Options Large() {
  EngineDriver::Options options;
  options.checks_each_event = false;
  return options;
}

constexpr const char* kMapOfTasks = R"({"StartAt": "M", "States": {"M": {"Type": "Map",
    "MaxConcurrency": 0, "ItemProcessor": {"StartAt": "A", "States": {
      "A": {"Type": "Task", "Resource": "grpc:w/t.T/Do", "End": true}}}, "End": true}}})";

TEST(ScaleTest, MapOfTenThousandTasks) {
  const auto slow = [](const StartAttempt& start) {
    return Answer(start.arguments).After(absl::Seconds(10));
  };
  EngineDriver driver(Workflow(kMapOfTasks), Items(10'000), slow, Large());
  driver.Run();
  EXPECT_EQ(driver.execution().status, ExecutionStatus::kSucceeded);
  EXPECT_EQ(driver.execution().output.array().size(), 10'000u);
  EXPECT_EQ(driver.calls().size(), 10'000u);
  // The items were entered over several events, none of which was long.
  EXPECT_GE(driver.resumes(), 9);
  // Each child is written when it is made, when it calls and when it ends; the parent not for each
  // of them.
  EXPECT_LE(driver.branch_writes(), 30'100);
  EXPECT_LE(driver.events(), 10'050);
}

TEST(ScaleTest, MapOfTenThousandTasksOneAfterTheOther) {
  std::string definition = kMapOfTasks;
  const std::string unlimited = R"("MaxConcurrency": 0)";
  definition.replace(definition.find(unlimited), unlimited.size(), R"("MaxConcurrency": 1)");
  EngineDriver driver(Workflow(definition), Items(10'000), Scripted({}), Large());
  driver.Run();
  EXPECT_EQ(driver.execution().status, ExecutionStatus::kSucceeded);
  EXPECT_LE(driver.branch_writes(), 20'100);
}

// Ten at a time, of which all fail; after the redrive all succeed.
TEST(ScaleTest, RedriveOfTenThousandItems) {
  std::string definition = kMapOfTasks;
  const std::string unlimited = R"("MaxConcurrency": 0)";
  definition.replace(definition.find(unlimited), unlimited.size(),
                     R"("MaxConcurrency": 10, "ToleratedFailureCount": 9999)");
  bool is_redriven = false;
  const auto answer = [&is_redriven](const StartAttempt& start) {
    return is_redriven ? Answer(start.arguments) : Answer(WorkflowError{"Boom", ""});
  };
  EngineDriver driver(Workflow(definition), Items(10'000), answer, Large());
  driver.Run();
  ASSERT_EQ(driver.execution().status, ExecutionStatus::kFailed);
  ASSERT_EQ(driver.execution().branches.size(), 10'001u);
  is_redriven = true;
  const int64_t writes = driver.branch_writes();
  driver.Apply(Redriven());
  driver.Run();
  EXPECT_EQ(driver.execution().status, ExecutionStatus::kSucceeded);
  EXPECT_EQ(driver.execution().output.array().size(), 10'000u);
  EXPECT_LE(driver.branch_writes() - writes, 40'100);
}

TEST(ScaleTest, DeepAndWideNesting) {
  // 20 x 20 x 20 tasks, and a join at each level.
  std::string definition = R"({"Type": "Task", "Resource": "grpc:w/t.T/Do", "End": true})";
  for (int depth = 0; depth < 3; ++depth) {
    const std::string state = "S" + std::to_string(depth);
    definition = R"({"Type": "Map", "End": true, "ItemProcessor": {"StartAt": ")" + state +
                 R"(", "States": {")" + state + R"(": )" + definition + "}}}";
  }
  definition = R"({"StartAt": "R", "States": {"R": )" + definition + "}}";
  std::string input = Items(20);
  for (int depth = 0; depth < 2; ++depth) {
    std::string outer = "[";
    for (int item = 0; item < 20; ++item) outer += (item > 0 ? "," : "") + input;
    input = outer + "]";
  }
  EngineDriver driver(Workflow(definition), input, Scripted({}), Large());
  driver.Run();
  EXPECT_EQ(driver.execution().status, ExecutionStatus::kSucceeded);
  EXPECT_EQ(driver.calls().size(), 8000u);
  EXPECT_EQ(driver.execution().output, Json::Parse(input).value());
}

TEST(ScaleTest, EndlessLoopYields) {
  EngineDriver driver(Workflow(R"({"StartAt": "A", "States": {
      "A": {"Type": "Pass", "Next": "B"},
      "B": {"Type": "Choice", "Choices": [{"Variable": "$.n", "IsPresent": true, "Next": "C"}],
            "Default": "A"},
      "C": {"Type": "Succeed"}}})"),
                      "{}", Scripted({}));
  const Transition& started = driver.Apply(Started());
  EXPECT_EQ(started.effects.size(), 1u);
  EXPECT_TRUE(std::holds_alternative<Resume>(started.effects[0]));
  EXPECT_EQ(driver.execution().Find(BranchId(0))->visit, kStepsPerApplyMax);
  for (int turn = 2; turn < 5; ++turn) {
    const Transition& resumed = driver.Apply(Resumed());
    EXPECT_EQ(resumed.effects.size(), 1u);
    EXPECT_LE(resumed.history.size(), 2u * kStepsPerApplyMax);
    EXPECT_EQ(driver.execution().Find(BranchId(0))->visit, turn * kStepsPerApplyMax);
  }
  // Another event makes progress too, but asks for no second Resume.
  driver.Apply(Cancelled{});
  EXPECT_EQ(driver.execution().status, ExecutionStatus::kCancelled);
}

}  // namespace
}  // namespace segue::engine
