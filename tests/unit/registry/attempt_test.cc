// One attempt from Start to its end: results, deadlines, cancellation, the end of the server.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/registry/registry_fixture.h"

namespace segue::services {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class AttemptTest : public RegistryTest {
 protected:
  AttemptTest() { Define({.timeout = absl::Seconds(20)}); }
};

TEST_F(AttemptTest, GoesOutAtOnceOnItsOwnLoopAndAnswersThere) {
  Start("a", {.loop = 1, .timeout = absl::Seconds(3)});
  loops_.RunAll();
  EXPECT_EQ(ResultOf("a"), "ok");
  const AttemptResult& result = results_.at("a");
  EXPECT_EQ(*result.outcome, Json("done"));
  EXPECT_EQ(result.started, start_);
  EXPECT_EQ(finished_at_["a"], start_ + absl::Milliseconds(10));
  ASSERT_EQ(connector_->calls().size(), 1u);
  const Call& call = connector_->calls()[0];
  EXPECT_EQ(call.method, "m");
  EXPECT_EQ(call.arguments, Json("a"));
  EXPECT_EQ(call.idempotency_key, "a");
  EXPECT_EQ(call.deadline, start_ + absl::Seconds(3));
  EXPECT_THAT(observer_.lines, ElementsAre("s/m waited 0: started", "s/m waited 0: ok after 10ms"));
  EXPECT_EQ(loops_.timers_set(), 0u);
}

TEST_F(AttemptTest, AnAnswerInsideTheCallIsFine) {
  planner_ = [](const Call&) { return Plan{.latency = absl::ZeroDuration()}; };
  Start("a");
  loops_.RunAll();
  EXPECT_EQ(ResultOf("a"), "ok");
  EXPECT_EQ(Usage().slots_in_use, 0);
}

TEST_F(AttemptTest, AnErrorIsAResult) {
  planner_ = [](const Call&) {
    return Plan{.result = {.outcome = WorkflowError{"Grpc.NotFound", "no such order"},
                           .retry_after = absl::Seconds(4)}};
  };
  Start("a");
  loops_.RunAll();
  EXPECT_EQ(ResultOf("a"), "Grpc.NotFound");
  EXPECT_EQ(results_.at("a").retry_after, absl::Seconds(4));
  // It is no push-back: the next one goes out at once.
  Start("b");
  loops_.RunReady();
  EXPECT_THAT(Called(), ElementsAre("a", "b"));
}

TEST_F(AttemptTest, OneThatItsConnectorRefusesHasNotGoneOut) {
  planner_ = [](const Call&) {
    return Plan{.result = {.outcome = WorkflowError{"Segue.InvalidArguments", "no field x"},
                           .retry_after = std::nullopt},
                .reach = Plan::Reach::kNobody};
  };
  Start("a");
  loops_.RunAll();
  EXPECT_EQ(ResultOf("a"), "Segue.InvalidArguments");
  EXPECT_THAT(observer_.lines, ElementsAre("s/m waited 0: Segue.InvalidArguments after 10ms"));
}

TEST_F(AttemptTest, AServiceThatIsNotThereIsAnErrorOfTheAttempt) {
  Start("a", {.service = "nobody"});
  const AttemptHandle cancelled = Start("b", {.service = "nobody"});
  loops_.On(0, [&] { registry_->Cancel(cancelled); });
  loops_.RunAll();
  EXPECT_EQ(ResultOf("a"), "Segue.UnknownService");
  EXPECT_THAT(results_.at("a").outcome.error().cause, HasSubstr("'nobody'"));
  EXPECT_EQ(ResultOf("b"), "");
  EXPECT_THAT(observer_.lines, ElementsAre("unknown/m waited 0: Segue.UnknownService after 0"));
}

TEST_F(AttemptTest, AConnectorThatNeverAnswersTimesOut) {
  planner_ = [](const Call&) { return Plan{.latency = absl::InfiniteDuration()}; };
  Start("service", {});
  Start("own", {.timeout = absl::Seconds(2)});
  Start("heartbeat", {.timeout = absl::Seconds(9), .heartbeat = absl::Seconds(1)});
  Start("long heartbeat", {.timeout = absl::Seconds(3), .heartbeat = absl::Seconds(5)});
  loops_.RunAll();
  EXPECT_EQ(ResultOf("service"), "States.Timeout");
  EXPECT_EQ(finished_at_["service"], start_ + absl::Seconds(20));
  EXPECT_EQ(ResultOf("own"), "States.Timeout");
  EXPECT_EQ(finished_at_["own"], start_ + absl::Seconds(2));
  EXPECT_EQ(ResultOf("heartbeat"), "States.HeartbeatTimeout");
  EXPECT_EQ(finished_at_["heartbeat"], start_ + absl::Seconds(1));
  EXPECT_EQ(connector_->calls()[2].deadline, start_ + absl::Seconds(1));
  EXPECT_EQ(ResultOf("long heartbeat"), "States.Timeout");
  EXPECT_EQ(connector_->in_flight(), 0);
  EXPECT_EQ(Usage().slots_in_use, 0);
  EXPECT_EQ(observer_.outcomes["States.Timeout"], 3);
}

TEST_F(AttemptTest, TheConnectorsOwnTimeoutIsTheHeartbeatsWhereThatIsShorter) {
  planner_ = [](const Call&) {
    return Plan{.latency = absl::Milliseconds(999),
                .result = {.outcome = WorkflowError{"States.Timeout", "deadline exceeded"},
                           .retry_after = std::nullopt}};
  };
  Start("a", {.heartbeat = absl::Seconds(1)});
  Start("b", {.timeout = absl::Seconds(1)});
  loops_.RunAll();
  EXPECT_EQ(ResultOf("a"), "States.HeartbeatTimeout");
  EXPECT_EQ(ResultOf("b"), "States.Timeout");
}

TEST_F(AttemptTest, ALateResultIsDropped) {
  planner_ = [](const Call&) {
    return Plan{.latency = absl::Seconds(3), .on_cancel = Plan::OnCancel::kGoesOn};
  };
  Start("a", {.timeout = absl::Seconds(1)});
  loops_.RunFor(absl::Seconds(2));
  EXPECT_EQ(ResultOf("a"), "States.Timeout");
  EXPECT_EQ(Usage().slots_in_use, 1);  // the call has not ended
  loops_.RunAll();
  EXPECT_EQ(Usage().slots_in_use, 0);
  EXPECT_EQ(observer_.outcomes.size(), 1u);
}

TEST_F(AttemptTest, ACallThatWillNotEndLosesItsSlotInTheEnd) {
  planner_ = [](const Call&) {
    return Plan{.latency = absl::Minutes(1), .on_cancel = Plan::OnCancel::kGoesOn};
  };
  Define({.max_concurrency = 1});
  Start("a", {.timeout = absl::Seconds(1)});
  Start("b");
  loops_.RunFor(absl::Seconds(5));
  EXPECT_THAT(Called(), ElementsAre("a"));
  loops_.RunFor(absl::Seconds(2));
  EXPECT_THAT(Called(), ElementsAre("a", "b"));
  EXPECT_EQ(Usage().slots_in_use, 1);
  loops_.RunFor(absl::Seconds(55));  // a's call ends, and gives nothing back twice
  EXPECT_EQ(Usage().slots_in_use, 1);
  loops_.RunAll();
  EXPECT_EQ(Usage().slots_in_use, 0);
  EXPECT_EQ(observer_.slots_in_use, 0);
}

TEST_F(AttemptTest, CancelAtEveryMomentIsQuietAndComplete) {
  // Moments: before it runs, while it runs, at its end, after it; and when it waits in the queue.
  for (const BudgetLimits& limits :
       {BudgetLimits{}, BudgetLimits{.rate_per_second = 100, .burst = 1, .max_concurrency = 1}}) {
    for (int moment_ms = 0; moment_ms <= 25; ++moment_ms) {
      SCOPED_TRACE(moment_ms);
      results_.clear();
      Define(limits);
      const AttemptHandle first = Start("first", {.loop = 1});
      const AttemptHandle handle = Start("victim", {.loop = 1});
      Start("next", {.loop = 0});
      loops_.RunFor(absl::Milliseconds(moment_ms));
      const std::string before = ResultOf("victim");
      loops_.On(1, [&] { registry_->Cancel(handle); });
      EXPECT_FALSE(registry_->Explain(handle));
      loops_.On(1, [&] { registry_->Cancel(handle); });
      loops_.RunAll();
      EXPECT_EQ(ResultOf("victim"), before);
      EXPECT_EQ(ResultOf("first"), "ok");
      EXPECT_EQ(ResultOf("next"), "ok");
      loops_.On(1, [&] { registry_->Cancel(first); });
      EXPECT_EQ(Usage().slots_in_use, 0);
      EXPECT_EQ(Usage().queue_depth, 0);
      EXPECT_EQ(connector_->in_flight(), 0);
      EXPECT_EQ(observer_.slots_in_use, 0);
      EXPECT_EQ(observer_.queue_depth, 0);
      EXPECT_EQ(loops_.timers_set(), 0u);
    }
  }
}

TEST_F(AttemptTest, CancelBeforeItsTurnMakesNoCall) {
  const AttemptHandle handle = Start("a");
  loops_.On(0, [&] { registry_->Cancel(handle); });
  loops_.RunAll();
  EXPECT_TRUE(connector_->calls().empty());
  loops_.On(0, [&] { registry_->Cancel(AttemptHandle()); });
  loops_.On(0, [&] { registry_->Cancel(AttemptHandle(~uint64_t{0})); });
}

TEST_F(AttemptTest, CancelBeforeItsTurnLetsTheNextOneGo) {
  Define({.max_concurrency = 1});
  const AttemptHandle handle = Start("a");
  Start("b", {.loop = 1});
  loops_.On(0, [&] { registry_->Cancel(handle); });
  loops_.RunAll();
  EXPECT_THAT(Called(), ElementsAre("b"));
  EXPECT_EQ(ResultOf("b"), "ok");
}

TEST_F(AttemptTest, NothingBeginsOnceTheDoorIsShut) {
  Define({.max_concurrency = 1});
  Start("runs");
  const AttemptHandle waits = Start("waits");
  loops_.RunReady();
  registry_->StopAdmission();
  Start("comes late");
  bool quiet = false;
  registry_->WhenQuiet(loops_.loop(1), [&] { quiet = true; });
  loops_.RunReady();
  EXPECT_FALSE(quiet);
  EXPECT_EQ(registry_->calls_under_way(), 1);
  loops_.RunAll();
  EXPECT_TRUE(quiet);
  EXPECT_EQ(ResultOf("runs"), "ok");
  EXPECT_THAT(Called(), ElementsAre("runs"));
  loops_.On(0, [&] { registry_->Cancel(waits); });
  loops_.RunAll();
  EXPECT_EQ(results_.size(), 1u);
}

TEST_F(AttemptTest, WhatWasGrantedAndIsNotOutStaysBehindTheDoor) {
  const AttemptHandle handle = Start("a");
  registry_->StopAdmission();
  bool quiet = false;
  registry_->WhenQuiet(loops_.loop(0), [&] { quiet = true; });
  loops_.RunAll();
  EXPECT_TRUE(quiet);
  EXPECT_TRUE(connector_->calls().empty());
  loops_.On(0, [&] { registry_->Cancel(handle); });
  EXPECT_EQ(ResultOf("a"), "");
}

TEST_F(AttemptTest, CallsOfOneLoopCanBeCancelled) {
  planner_ = [](const Call&) { return Plan{.latency = absl::Seconds(10)}; };
  Start("a", {.loop = 0});
  Start("b", {.loop = 1});
  loops_.RunReady();
  registry_->StopAdmission();
  loops_.On(0, [&] { registry_->CancelCalls(loops_.loop(0)); });
  EXPECT_EQ(connector_->in_flight(), 1);
  loops_.RunAll();
  EXPECT_EQ(ResultOf("a"), "");
  EXPECT_EQ(ResultOf("b"), "ok");
}

TEST_F(AttemptTest, TheRegistryMayGoWithCallsUnderWay) {
  Define({.max_concurrency = 2});
  for (int i = 0; i < 5; ++i) Start(std::to_string(i), {.loop = static_cast<size_t>(i % 2)});
  loops_.RunReady();
  Start("granted", {.service = "nobody"});
  registry_.reset();
  EXPECT_TRUE(results_.empty());
}

}  // namespace
}  // namespace segue::services
