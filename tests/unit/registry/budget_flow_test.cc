// What waits, why, and what makes it go.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/registry/registry_fixture.h"

namespace segue::services {
namespace {

using ::testing::ElementsAre;
using Limit = WaitReason::Limit;

class BudgetFlowTest : public RegistryTest {};

TEST_F(BudgetFlowTest, TokensComeOneByOneWithoutPolling) {
  Define({.rate_per_second = 10, .burst = 2});
  for (int i = 0; i < 5; ++i) Start(std::to_string(i), {.loop = static_cast<size_t>(i % 2)});
  loops_.RunAll();
  std::vector<absl::Duration> offsets;
  for (const absl::Time time : connector_->starts()) offsets.push_back(time - start_);
  EXPECT_THAT(offsets,
              ElementsAre(absl::Milliseconds(100), absl::Milliseconds(200), absl::Milliseconds(300),
                          absl::Milliseconds(400), absl::Milliseconds(500)));
  // After a pause, the burst, then the rate again.
  loops_.RunFor(absl::Seconds(10));
  const absl::Time later = loops_.Now();
  for (int i = 5; i < 8; ++i) Start(std::to_string(i));
  loops_.RunAll();
  EXPECT_EQ(connector_->starts()[6], later);
  EXPECT_EQ(connector_->starts()[7], later + absl::Milliseconds(100));
}

TEST_F(BudgetFlowTest, AFreedSlotStartsTheNextAtOnceOnItsOwnLoop) {
  Define({.max_concurrency = 2});
  for (int i = 0; i < 6; ++i) Start(std::to_string(i), {.loop = static_cast<size_t>(i % 2)});
  loops_.RunAll();
  EXPECT_EQ(connector_->in_flight_max(), 2);
  EXPECT_EQ(loops_.Now(), start_ + absl::Milliseconds(30));
  EXPECT_EQ(results_.size(), 6u);
}

TEST_F(BudgetFlowTest, TimersThatAreLateGetAllThatAccrued) {
  Define({.rate_per_second = 100, .burst = 10});
  for (int i = 0; i < 30; ++i) Start(std::to_string(i));
  loops_.RunReady();
  loops_.Stall(absl::Milliseconds(75));
  loops_.RunReady();
  EXPECT_EQ(connector_->calls().size(), 7u);
  loops_.Stall(absl::Seconds(5));
  loops_.RunReady();
  EXPECT_EQ(connector_->calls().size(), 17u);  // the burst, no more
}

TEST_F(BudgetFlowTest, PriorityThenTurnsDecideWhoGoes) {
  Define({.rate_per_second = 10, .burst = 1});
  Start("a1", {.workflow = "a"});
  Start("a2", {.workflow = "a"});
  Start("a3", {.workflow = "a"});
  Start("b1", {.loop = 1, .workflow = "b"});
  Start("urgent", {.workflow = "a", .priority = 9});
  loops_.RunAll();
  EXPECT_THAT(Called(), ElementsAre("urgent", "a1", "b1", "a2", "a3"));
}

TEST_F(BudgetFlowTest, AWorkflowOfSlowCallsDoesNotFillTheSlots) {
  Define({.max_concurrency = 4});
  planner_ = [](const Call& call) {
    return Plan{.latency = call.idempotency_key.starts_with("slow") ? absl::Seconds(10)
                                                                    : absl::Milliseconds(10)};
  };
  for (int i = 0; i < 50; ++i) Start("slow" + std::to_string(i), {.workflow = "slow"});
  for (int i = 0; i < 1500; ++i) Start("quick" + std::to_string(i), {.workflow = "quick"});
  loops_.RunFor(absl::Milliseconds(9'999));
  int slow = 0;
  for (const std::string& key : Called()) slow += key.starts_with("slow") ? 1 : 0;
  EXPECT_EQ(slow, 4);  // they were there first
  loops_.RunFor(absl::Milliseconds(6'000));
  slow = 0;
  for (const std::string& key : Called()) slow += key.starts_with("slow") ? 1 : 0;
  EXPECT_EQ(slow, 6);  // two slots each from then on
}

TEST_F(BudgetFlowTest, PushBackHoldsEverythingUntilItHasPassed) {
  Define({});
  const char* names[] = {"Grpc.ResourceExhausted", "Grpc.Unavailable", "Http.StatusCode.429",
                         "Http.StatusCode.503"};
  for (const char* name : names) {
    SCOPED_TRACE(name);
    results_.clear();
    bool first = true;
    planner_ = [&](const Call&) {
      if (!std::exchange(first, false)) return Plan();
      return Plan{.result = {.outcome = WorkflowError{name, ""}, .retry_after = absl::Seconds(7)}};
    };
    Start("refused");
    loops_.RunFor(absl::Milliseconds(10));
    EXPECT_EQ(ResultOf("refused"), name);
    EXPECT_EQ(results_.at("refused").retry_after, absl::Seconds(7));
    const absl::Time open = loops_.Now() + absl::Seconds(7);
    const AttemptHandle handle = Start("next", {.loop = 1});
    const auto why = registry_->Explain(handle);
    ASSERT_TRUE(why);
    EXPECT_EQ(why->limit, Limit::kPushBack);
    EXPECT_EQ(why->expected_start, open);
    loops_.RunAll();
    EXPECT_EQ(results_.at("next").started, open);
  }
}

TEST_F(BudgetFlowTest, PushBackOfOneHostDoesNotStopTheOthers) {
  ServiceDefinition definition = Definition("http-invoke", {});
  definition.push_back = PushBackPolicy::kIgnore;
  ASSERT_TRUE(registry_->ApplyConfig({definition}).ok());
  planner_ = [](const Call&) {
    return Plan{.result = {.outcome = WorkflowError{"Http.StatusCode.429", ""},
                           .retry_after = absl::Seconds(7)}};
  };
  Start("a", {.service = "http-invoke"});
  loops_.RunAll();
  EXPECT_EQ(results_.at("a").retry_after, absl::Seconds(7));
  Start("b", {.service = "http-invoke"});
  loops_.RunReady();
  EXPECT_EQ(connector_->calls().size(), 2u);
}

TEST_F(BudgetFlowTest, ExplainSaysWhichLimitAndWhen) {
  Define({.rate_per_second = 10, .burst = 1, .max_concurrency = 1});
  planner_ = [](const Call&) { return Plan{.latency = absl::Seconds(1)}; };
  const AttemptHandle first = Start("1");
  const AttemptHandle second = Start("2", {.loop = 1});
  auto why = registry_->Explain(second);
  ASSERT_TRUE(why);
  EXPECT_EQ(why->service, "s");
  EXPECT_EQ(why->limit, Limit::kRate);
  EXPECT_EQ(why->position, 2);
  EXPECT_EQ(why->since, start_);
  EXPECT_EQ(why->expected_start, start_ + absl::Milliseconds(200));
  loops_.RunFor(absl::Milliseconds(100));
  EXPECT_FALSE(registry_->Explain(first));
  why = registry_->Explain(second);
  ASSERT_TRUE(why);
  EXPECT_EQ(why->limit, Limit::kConcurrency);
  EXPECT_EQ(why->position, 1);
  EXPECT_FALSE(why->expected_start);
  EXPECT_FALSE(registry_->Explain(AttemptHandle()));
  EXPECT_FALSE(registry_->Explain(AttemptHandle(12345)));
}

TEST_F(BudgetFlowTest, AChangedBudgetHoldsAtOnceForTheQueue) {
  Define({.rate_per_second = 0.001, .burst = 1});
  for (int i = 0; i < 700; ++i) Start(std::to_string(i), {.loop = 1});
  loops_.RunFor(absl::Seconds(5));
  EXPECT_TRUE(connector_->calls().empty());
  ASSERT_TRUE(
      UpdateBudget({.service = "s", .budget = {.rate_per_second = 10, .burst = 1}, .etag = ""})
          .ok());
  const absl::Time changed = loops_.Now();
  loops_.RunFor(absl::Seconds(1));
  EXPECT_EQ(connector_->calls().size(), 10u);
  EXPECT_LE(connector_->starts()[0], changed + absl::Milliseconds(100));
  ASSERT_TRUE(UpdateBudget({.service = "s", .budget = {}, .etag = ""}).ok());
  loops_.RunReady();
  EXPECT_EQ(connector_->calls().size(), 700u);
  EXPECT_EQ(Usage().slots_in_use, connector_->in_flight());
}

TEST_F(BudgetFlowTest, OneTimerServesAQueue) {
  Define({.rate_per_second = 1, .burst = 1});
  for (int i = 0; i < 100; ++i) Start(std::to_string(i), {.loop = static_cast<size_t>(i % 2)});
  loops_.RunReady();
  EXPECT_EQ(loops_.timers_set(), 1u);
}

}  // namespace
}  // namespace segue::services
