#include "server/engine/single_state.h"

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <utility>

#include "server/language/parse.h"

namespace segue::engine {
namespace {

class Seen final : public Inspector {
 public:
  void See(Filter filter, const Json& value) override { values[filter] = value; }
  std::map<Filter, Json> values;
};

language::WorkflowPtr Machine(const std::string& state) {
  const auto parsed = language::ParseWorkflow(R"({"StartAt": "A", "States": {"A": )" + state +
                                              R"(, "B": {"Type": "Succeed"}}})");
  EXPECT_TRUE(parsed.faults.empty()) << parsed.faults[0].message;
  return parsed.workflow;
}

SingleState::Setting SettingOf(const language::Workflow& workflow, Json input,
                               Inspector* inspector) {
  SingleState::Setting setting{.workflow = workflow};
  setting.state = workflow.start;
  setting.input = std::move(input);
  setting.now = absl::FromUnixSeconds(1'700'000'000);
  setting.inspector = inspector;
  return setting;
}

TEST(SingleState, DoesTheWorkOfAState) {
  const auto workflow = Machine(R"({"Type": "Pass", "InputPath": "$.a", "Parameters": {"b.$": "$"},
                  "ResultPath": "$.c", "Assign": {"v.$": "$.b"}, "Next": "B"})");
  Seen seen;
  SingleState::Setting setting = SettingOf(*workflow, Json::Of({{"a", 1}}), &seen);
  setting.variables.Set("u", 5);
  SingleState state(std::move(setting));
  ASSERT_EQ(*state.Begin(), SingleState::Begun::kDone);
  const Outcome<SingleState::Left> left = state.Leave();
  ASSERT_TRUE(left.ok()) << left.error().cause;
  EXPECT_EQ(left->output, Json::Parse(R"({"a": 1, "c": {"b": 1}})").value());
  EXPECT_EQ(workflow->state(left->next).name, "B");
  EXPECT_EQ(Json(left->variables), Json::Of({{"u", 5}, {"v", 1}}));
  EXPECT_EQ(seen.values, (std::map<Filter, Json>{
                             {Filter::kInputPath, Json(1)},
                             {Filter::kParameters, Json::Of({{"b", 1}})},
                             {Filter::kResultSelector, Json::Of({{"b", 1}})},
                             {Filter::kResultPath, left->output},
                         }));
}

TEST(SingleState, SeesTheContextThatItIsGiven) {
  const auto workflow =
      Machine(R"({"Type": "Pass", "Parameters": {"name.$": "$$.State.Name"}, "Next": "B"})");
  SingleState own(SettingOf(*workflow, Json(), nullptr));
  EXPECT_EQ(*own.DefaultContext().Find("State")->FindString("Name"), "A");
  own.SetContext(Json::Parse(R"({"State": {"Name": "Z"}})").value());
  ASSERT_TRUE(own.Begin().ok());
  EXPECT_EQ(own.Leave()->output, Json::Of({{"name", "Z"}}));
}

TEST(SingleState, WaitsForNothingItself) {
  const auto wait = Machine(R"({"Type": "Wait", "Seconds": 7, "Next": "B"})");
  SingleState waiting(SettingOf(*wait, Json(1), nullptr));
  ASSERT_EQ(*waiting.Begin(), SingleState::Begun::kWait);
  EXPECT_EQ(waiting.due(), absl::FromUnixSeconds(1'700'000'007));
  EXPECT_EQ(waiting.Leave()->output, Json(1));

  const auto task = Machine(R"({"Type": "Task", "Resource": "grpc:t/t.T/Do", "Next": "B",
      "Parameters": {"x": 1}, "ResultPath": "$.r"})");
  SingleState calling(SettingOf(*task, Json(Json::Object()), nullptr));
  ASSERT_EQ(*calling.Begin(), SingleState::Begun::kCall);
  EXPECT_EQ(calling.arguments(), Json::Of({{"x", 1}}));
  EXPECT_EQ(calling.Leave(Json(2))->output, Json::Of({{"r", 2}}));
}

TEST(SingleState, TellsWhatItDoesAboutErrors) {
  using Kind = SingleState::Handling::Kind;
  const auto workflow = Machine(R"({"Type": "Task", "Resource": "grpc:t/t.T/Do", "End": true,
      "Retry": [{"ErrorEquals": ["Other"]},
                {"ErrorEquals": ["E"], "IntervalSeconds": 3, "MaxAttempts": 2}],
      "Catch": [{"ErrorEquals": ["E"], "ResultPath": "$.e", "Next": "B"}]})");
  const struct {
    int retries;
    const char* error;
    Kind kind;
    size_t index;
    absl::Duration backoff;
  } cases[] = {
      {0, "E", Kind::kRetry, 1, absl::Seconds(3)},
      {1, "E", Kind::kRetry, 1, absl::Seconds(6)},
      {2, "E", Kind::kCatch, 0, absl::ZeroDuration()},
      {0, "Nobody's", Kind::kNone, 0, absl::ZeroDuration()},
  };
  for (const auto& one : cases) {
    SingleState::Setting setting = SettingOf(*workflow, Json(), nullptr);
    setting.retries = one.retries;
    const SingleState state(std::move(setting));
    const SingleState::Handling handling = state.HandlingOf({one.error, "C"});
    EXPECT_EQ(handling.kind, one.kind) << one.retries << " " << one.error;
    EXPECT_EQ(handling.index, one.index);
    EXPECT_EQ(handling.backoff, one.backoff);
  }
  SingleState caught(SettingOf(*workflow, Json::Of({{"a", 1}}), nullptr));
  const Outcome<SingleState::Left> left = caught.Catch(0, {"E", "C"});
  ASSERT_TRUE(left.ok());
  EXPECT_EQ(left->output, Json::Parse(R"({"a": 1, "e": {"Error": "E", "Cause": "C"}})").value());
}

}  // namespace
}  // namespace segue::engine
