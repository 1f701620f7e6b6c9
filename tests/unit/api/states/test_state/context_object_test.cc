#include "server/api/states/test_state/context_object.h"

#include <gtest/gtest.h>

#include <string>

#include "server/api/states/test_state/definition.h"

namespace segue::api::states {
namespace {

language::State Task(const std::string& resource) {
  const auto tested = FindTestedState(
      R"({"Type": "Task", "Resource": ")" + resource + R"(", "End": true})", std::nullopt);
  EXPECT_TRUE(tested.ok()) << tested.error().message;
  return tested->state();
}

TEST(ReadContextObject, TakesItAsItIs) {
  const language::State task = Task("arn:aws:states:::sqs:sendMessage.waitForTaskToken");
  for (const char* text : {
           "{}",
           R"({"Execution": {}, "State": {}, "StateMachine": {}})",
           R"({"Execution": {"Id": "a", "Input": [1], "RedriveCount": 2}, "Task": {"Token": "t"}})",
       }) {
    const ApiResult<Json> context = ReadContextObject(text, task);
    ASSERT_TRUE(context.ok()) << context.error().message;
    EXPECT_EQ(*context, Json::Parse(text).value());
  }
}

TEST(ReadContextObject, SaysWhatIsNotOfAContextObject) {
  const language::State task = Task("arn:aws:states:::lambda:invoke");
  const struct {
    const char* context;
    const char* message;
  } cases[] = {
      {"[]", "Context object must be a valid JSON object"},
      {"{", "Context object must be a valid JSON object"},
      {R"({"Map": {}})", "'Map' field is not supported when mocking a Context object"},
      {R"({"Pokedex": {}})", "Field 'Pokedex' is not allowed"},
      {R"({"Execution": {"pokemon": 1}})", "Field 'pokemon' is not allowed"},
      {R"({"Execution": {"Map": 1}})", "Field 'Map' is not allowed"},
      {R"({"Execution": {"Id": 1}})", "Execution.Id must be a string"},
      {R"({"State": {"RetryCount": "1"}})", "State.RetryCount must be a integer"},
      {R"({"Task": {"Token": "t"}})",
       "Context object contains 'Task' when state is not a Task state with a '.sync' or "
       "'.waitForTaskToken' service integration pattern"},
  };
  for (const auto& one : cases) {
    const ApiResult<Json> context = ReadContextObject(one.context, task);
    ASSERT_FALSE(context.ok()) << one.context;
    EXPECT_EQ(context.error().type, "ValidationException");
    EXPECT_EQ(context.error().message,
              std::string("Invalid Context object provided: ") + one.message);
  }
}

}  // namespace
}  // namespace segue::api::states
