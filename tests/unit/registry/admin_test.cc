// Configuration, run-time budgets, what is shown of services.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/base/error.h"
#include "tests/unit/registry/registry_fixture.h"

namespace segue::services {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;

const BudgetLimits kTen{.rate_per_second = 10, .burst = 1};
const BudgetLimits kTwenty{.rate_per_second = 20, .burst = 1};

class AdminTest : public RegistryTest {
 protected:
  std::vector<std::string> Names() const {
    std::vector<std::string> names;
    for (const ServiceInfo& info : registry_->List()) names.push_back(info.name);
    return names;
  }
};

TEST_F(AdminTest, ListsByNameWithUsage) {
  ASSERT_TRUE(registry_
                  ->ApplyConfig({Definition("b", kTen), Definition("a", {}),
                                 Definition("http-invoke", {.max_concurrency = 1})})
                  .ok());
  EXPECT_THAT(Names(), ElementsAre("a", "b", "http-invoke"));
  for (int i = 0; i < 3; ++i) Start(std::to_string(i), {.service = "http-invoke"});
  loops_.RunReady();
  loops_.Stall(absl::Milliseconds(3));
  const auto info = registry_->Get("http-invoke");
  ASSERT_TRUE(info.ok());
  EXPECT_EQ(info->address, "there:1");
  EXPECT_EQ(info->budget.max_concurrency, 1);
  EXPECT_EQ(info->usage.slots_in_use, 1);
  EXPECT_EQ(info->usage.queue_depth, 2);
  EXPECT_EQ(info->usage.oldest_wait, start_);
  EXPECT_EQ(observer_.queue_depth, 2);
  EXPECT_EQ(observer_.slots_in_use, 1);
  EXPECT_DOUBLE_EQ(registry_->Get("b")->usage.tokens_available, 0.03);
}

TEST_F(AdminTest, ErrorsNameTheServiceAndTheField) {
  Define(kTen);
  const absl::Status missing = registry_->Get("nobody").status();
  EXPECT_EQ(missing.code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(DetailOf(missing)->resource_name, "nobody");
  EXPECT_EQ(UpdateBudget({.service = "nobody", .budget = {}, .etag = ""}).status().code(),
            absl::StatusCode::kNotFound);
  const absl::Status bad =
      UpdateBudget({.service = "s", .budget = {.burst = 0.5}, .etag = ""}).status();
  EXPECT_EQ(bad.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(DetailOf(bad)->violations[0].field, "budget.burst");
  EXPECT_EQ(registry_->Get("s")->budget, kTen);
  EXPECT_TRUE(saved_.empty());
  // The service behind unknown names is none that can be seen.
  EXPECT_FALSE(registry_->Get("unknown").ok());
  EXPECT_THAT(Names(), ElementsAre("s"));
}

TEST_F(AdminTest, TheEtagGuardsAgainstLostChanges) {
  Define(kTen);
  const std::string first = registry_->Get("s")->etag;
  const auto changed = UpdateBudget({.service = "s", .budget = kTwenty, .etag = first});
  ASSERT_TRUE(changed.ok());
  EXPECT_NE(changed->etag, first);
  EXPECT_EQ(changed->budget, kTwenty);
  const absl::Status stale = UpdateBudget({.service = "s", .budget = {}, .etag = first}).status();
  EXPECT_EQ(stale.code(), absl::StatusCode::kAborted);
  EXPECT_EQ(registry_->Get("s")->budget, kTwenty);
  EXPECT_THAT(saved_,
              ElementsAre(Pair(
                  "s", BudgetOverride{.service = "s", .budget = kTwenty, .configured = kTen})));
}

TEST_F(AdminTest, TheCallerIsToldWhetherAChangeIsDurable) {
  Define(kTen);
  ASSERT_TRUE(UpdateBudget({.service = "s", .budget = kTwenty, .etag = ""}).ok());
  EXPECT_FALSE(UpdateBudget({.service = "s", .budget = kTen, .etag = "old"}).ok());
  save_status_ = absl::UnavailableError("disk");
  ASSERT_TRUE(UpdateBudget({.service = "s", .budget = kTen, .etag = ""}).ok());
  EXPECT_EQ(registry_->Get("s")->budget, kTen);
  EXPECT_THAT(update_saved_, ElementsAre(absl::StatusCode::kOk, absl::StatusCode::kUnavailable));
}

TEST_F(AdminTest, ABudgetSetAtRunTimeStaysUntilTheConfiguredOneChanges) {
  Define(kTen);
  ASSERT_TRUE(UpdateBudget({.service = "s", .budget = kTwenty, .etag = ""}).ok());
  saved_.clear();
  Define(kTen);
  EXPECT_EQ(registry_->Get("s")->budget, kTwenty);
  EXPECT_TRUE(saved_.empty());
  const BudgetLimits five{.rate_per_second = 5};
  Define(five);
  EXPECT_EQ(registry_->Get("s")->budget, five);
  EXPECT_THAT(saved_, ElementsAre(Pair("s", std::nullopt)));
  Define(kTen);
  EXPECT_EQ(registry_->Get("s")->budget, kTen);
}

TEST_F(AdminTest, ARestartTakesUpWhatIsStillTrue) {
  Define(kTen);
  registry_->RestoreOverrides(
      {{.service = "gone", .budget = kTwenty, .configured = kTen},
       {.service = "s", .budget = kTwenty, .configured = {.rate_per_second = 5}}});
  EXPECT_EQ(registry_->Get("s")->budget, kTen);
  registry_->RestoreOverrides({{.service = "s", .budget = kTwenty, .configured = kTen}});
  EXPECT_EQ(registry_->Get("s")->budget, kTwenty);
  EXPECT_EQ(registry_->Get("s")->usage.tokens_available, 0);
  Define(kTen);
  EXPECT_EQ(registry_->Get("s")->budget, kTwenty);
}

TEST_F(AdminTest, ConfigurationThatIsWrongChangesNothing) {
  Define(kTen);
  EXPECT_EQ(registry_->ApplyConfig({Definition("x", {}), Definition("x", {})}).code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(registry_->ApplyConfig({Definition("y", {.max_concurrency = -1})}).code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(Names(), ElementsAre("s"));
}

TEST_F(AdminTest, ARemovedServiceFinishesItsCallsAndFailsItsQueue) {
  Define({.max_concurrency = 1});
  Start("runs", {.loop = 1});
  Start("waits", {.loop = 1});
  const AttemptHandle cancelled = Start("cancelled", {.loop = 1});
  loops_.RunReady();
  ASSERT_TRUE(registry_->ApplyConfig({Definition("other", {})}).ok());
  EXPECT_FALSE(registry_->Explain(cancelled));
  loops_.On(1, [&] { registry_->Cancel(cancelled); });
  Start("comes late");
  loops_.RunAll();
  EXPECT_EQ(ResultOf("runs"), "ok");
  EXPECT_EQ(ResultOf("waits"), kUnknownServiceError);
  EXPECT_EQ(ResultOf("comes late"), kUnknownServiceError);
  EXPECT_EQ(ResultOf("cancelled"), "");
  EXPECT_EQ(observer_.queue_depth, 0);
  EXPECT_EQ(observer_.slots_in_use, 0);
  EXPECT_THAT(Names(), ElementsAre("other"));
  // It may come back.
  Define({});
  Start("back");
  loops_.RunAll();
  EXPECT_EQ(ResultOf("back"), "ok");
}

TEST_F(AdminTest, AChangedConnectorIsCalledFromThenOn) {
  Define({.max_concurrency = 1});
  Start("a");
  Start("b");
  loops_.RunReady();
  const auto old = connector_;
  connector_ = std::make_shared<FakeConnector>(loops_);
  Define({.max_concurrency = 1});
  loops_.RunAll();
  EXPECT_EQ(old->calls().size(), 1u);
  EXPECT_THAT(Called(), ElementsAre("b"));
  EXPECT_EQ(ResultOf("a"), "ok");
  EXPECT_EQ(ResultOf("b"), "ok");
}

TEST_F(AdminTest, ChecksWhatADefinitionNames) {
  ASSERT_TRUE(registry_->ApplyConfig({Definition("s", {}), Definition("t", {})}).ok());
  EXPECT_FALSE(registry_->Check("s", "m"));
  EXPECT_EQ(registry_->Check("s", "missing"), "there is no method 'missing'");
  EXPECT_EQ(registry_->Check("u", "m"), "no service named 'u' is configured; there is: s, t");
  ASSERT_TRUE(registry_->ApplyConfig({}).ok());
  EXPECT_THAT(*registry_->Check("s", "m"), HasSubstr("there is none"));
}

}  // namespace
}  // namespace segue::services
