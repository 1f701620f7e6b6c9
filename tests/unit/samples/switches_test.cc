#include "services/samples/switches.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace segue::samples {
namespace {

using ::testing::HasSubstr;
using enum Switches::Fate::Outcome;

absl::StatusOr<Behaviour> Read(const char* text) { return ReadBehaviour(*Json::Parse(text)); }

TEST(Behaviour, IsReadFromJson) {
  const auto behaviour = Read(
      R"({"latency_ms": [5, 7.5], "failure_rate": 0.5, "failure_code": "INTERNAL", "fail_first": 2,
          "lost_rate": 0.25, "push_back_rate": 0.25, "retry_after_ms": 300})");
  ASSERT_TRUE(behaviour.ok()) << behaviour.status();
  EXPECT_EQ(behaviour->latency_min, absl::Milliseconds(5));
  EXPECT_EQ(behaviour->latency_max, absl::Microseconds(7500));
  EXPECT_EQ(behaviour->failure_code, absl::StatusCode::kInternal);
  EXPECT_EQ(behaviour->retry_after, absl::Milliseconds(300));
  EXPECT_EQ(ToJson(*ReadBehaviour(ToJson(*behaviour))), ToJson(*behaviour));
  EXPECT_EQ(Read(R"({"latency_ms": 4})")->latency_min, absl::Milliseconds(4));
  EXPECT_EQ(Read("{}")->failure_rate, 0);
}

TEST(Behaviour, SaysWhatIsWrong) {
  const struct {
    const char* text;
    const char* fault;
  } rows[] = {
      {"[]", "JSON object"},
      {R"({"latency": 1})", "latency: no such switch"},
      {R"({"latency_ms": [2, 1]})", "latency_ms"},
      {R"({"latency_ms": []})", "latency_ms"},
      {R"({"latency_ms": -1})", "latency_ms"},
      {R"({"failure_rate": 1.5})", "failure_rate: a number from 0 to 1"},
      {R"({"failure_code": "BROKEN"})", "failure_code"},
      {R"({"failure_code": "OK"})", "failure_code"},
      {R"({"fail_first": 0.5})", "fail_first"},
      {R"({"failure_rate": 0.6, "lost_rate": 0.6})", "more than 1"},
  };
  for (const auto& row : rows) {
    const auto behaviour = Read(row.text);
    ASSERT_FALSE(behaviour.ok()) << row.text;
    EXPECT_THAT(std::string(behaviour.status().message()), HasSubstr(row.fault)) << row.text;
  }
}

TEST(Switches, FailTheFirstCallsOfEachKey) {
  Switches switches(1);
  switches.Set("payment", {.failure_code = absl::StatusCode::kInternal, .fail_first = 2});
  for (const char* key : {"a", "b"}) {
    for (const auto expected : {kFails, kFails, kWorks, kWorks}) {
      const Switches::Fate fate = switches.Begin("payment", key);
      EXPECT_EQ(fate.outcome, expected) << key;
      EXPECT_EQ(fate.code, absl::StatusCode::kInternal);
    }
  }
}

TEST(Switches, KeepToTheirRates) {
  Switches switches(1);
  switches.Set("payment", {.latency_min = absl::Milliseconds(2),
                           .latency_max = absl::Milliseconds(4),
                           .failure_rate = 0.1,
                           .lost_rate = 0.2,
                           .push_back_rate = 0.3});
  std::map<Switches::Fate::Outcome, int> counts;
  for (int i = 0; i < 10'000; ++i) {
    const Switches::Fate fate = switches.Begin("payment", "");
    ++counts[fate.outcome];
    EXPECT_GE(fate.latency, absl::Milliseconds(2));
    EXPECT_LE(fate.latency, absl::Milliseconds(4));
  }
  EXPECT_NEAR(counts[kFails], 1000, 200);
  EXPECT_NEAR(counts[kLosesAnswer], 2000, 200);
  EXPECT_NEAR(counts[kPushesBack], 3000, 200);
}

TEST(Switches, GiveAServiceTheSameFatesWhateverOthersDo) {
  const auto fates = [](const std::string& other) {
    Switches switches(7);
    switches.Set("payment", {.failure_rate = 0.5});
    std::string drawn;
    for (int i = 0; i < 50; ++i) {
      drawn += switches.Begin("payment", "").outcome == kFails ? 'x' : '.';
      if (!other.empty()) switches.Begin(other, "");
    }
    return drawn;
  };
  EXPECT_EQ(fates(""), fates("shipping"));
}

TEST(Switches, SeeHowManyCallsAreUnderWay) {
  Switches switches(1);
  switches.Begin("payment", "");
  switches.Begin("payment", "");
  switches.End("payment");
  switches.Begin("payment", "");
  Switches::State state = switches.Read().at("payment");
  EXPECT_EQ(state.calls, 3);
  EXPECT_EQ(state.in_flight, 2);
  EXPECT_EQ(state.in_flight_max, 2);
  switches.End("payment");
  switches.ResetCounts();
  state = switches.Read().at("payment");
  EXPECT_EQ(state.calls, 0);
  EXPECT_EQ(state.in_flight_max, 1);
}

}  // namespace
}  // namespace segue::samples
