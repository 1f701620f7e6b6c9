#include "server/scheduler/catalog/catalog.h"

#include "server/base/error.h"
#include "tests/unit/scheduler/fixture.h"

namespace segue::scheduler {
namespace {

class CatalogTest : public SchedulerTest {
 protected:
  absl::StatusOr<PutWorkflowResult> Put(PutWorkflow::Mode mode, const std::string& definition,
                                        const std::string& etag = "") {
    return executor_->Wait(scheduler_->catalog().Put(
        {.name = "w", .definition = definition, .etag = etag, .mode = mode}));
  }
  absl::Status Delete(const std::string& etag = "") {
    return executor_->Wait(scheduler_->catalog().Delete("w", etag));
  }
};

using Mode = PutWorkflow::Mode;

TEST_F(CatalogTest, VersionsCountFromOne) {
  const auto first = Put(Mode::kCreate, kPass);
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_EQ(first->version->version, 1);
  EXPECT_TRUE(first->changed);
  const auto same = Put(Mode::kUpdate, kPass);
  ASSERT_TRUE(same.ok());
  EXPECT_FALSE(same->changed);
  const auto second = Put(Mode::kUpdate, kWait);
  ASSERT_TRUE(second.ok());
  EXPECT_EQ(second->version->version, 2);
  EXPECT_NE(first->version->etag, second->version->etag);
  EXPECT_EQ((*scheduler_->catalog().Get("w", 1))->definition, kPass);
  EXPECT_EQ((*scheduler_->catalog().Get("w", 0))->definition, kWait);
  EXPECT_TRUE(absl::IsNotFound(scheduler_->catalog().Get("w", 3).status()));
}

TEST_F(CatalogTest, CreateAndUpdateKnowWhatIsThere) {
  EXPECT_TRUE(absl::IsNotFound(Put(Mode::kUpdate, kPass).status()));
  ASSERT_TRUE(Put(Mode::kCreate, kPass).ok());
  EXPECT_TRUE(absl::IsAlreadyExists(Put(Mode::kCreate, kPass).status()));
  EXPECT_TRUE(Put(Mode::kCreateOrUpdate, kWait).ok());
}

TEST_F(CatalogTest, AnOldEtagIsAborted) {
  const auto first = Put(Mode::kCreate, kPass);
  ASSERT_TRUE(Put(Mode::kUpdate, kWait, first->version->etag).ok());
  EXPECT_TRUE(absl::IsAborted(Put(Mode::kUpdate, kTask, first->version->etag).status()));
  EXPECT_TRUE(absl::IsAborted(Delete(first->version->etag)));
}

TEST_F(CatalogTest, SurvivesARestart) {
  ASSERT_TRUE(Put(Mode::kCreate, kPass).ok());
  ASSERT_TRUE(Put(Mode::kUpdate, kWait).ok());
  Restart();
  EXPECT_EQ((*scheduler_->catalog().Get("w", 0))->version, 2);
  EXPECT_EQ((*scheduler_->catalog().Get("w", 1))->definition, kPass);
}

TEST_F(CatalogTest, WhatRunsGoesOnAfterItsWorkflowIsDeleted) {
  ASSERT_TRUE(Put(Mode::kCreate, kTask).ok());
  SubmitRequest request;
  request.workflow = "w";
  const auto submitted = Submit(request);
  ASSERT_TRUE(submitted.ok()) << submitted.status();
  ASSERT_TRUE(Delete().ok());
  EXPECT_TRUE(absl::IsNotFound(Submit(request).status()));
  Restart();
  ASSERT_EQ(runner_->started.size(), 1u);
  runner_->Succeed(0, Json(1));
  executor_->RunUntilIdle();
  EXPECT_EQ(StatusOf(submitted->view.execution.id), engine::ExecutionStatus::kSucceeded);
  // A later one of that name goes on counting.
  const auto again = Put(Mode::kCreate, kPass);
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->version->version, 2);
}

TEST_F(CatalogTest, EveryFaultIsAViolation) {
  const auto refused = Put(Mode::kCreate, R"({"StartAt":"X","States":{"A":{"Type":"Nope"}}})");
  ASSERT_TRUE(absl::IsInvalidArgument(refused.status()));
  const auto detail = segue::DetailOf(refused.status());
  ASSERT_TRUE(detail);
  EXPECT_EQ(detail->reason, "INVALID_DEFINITION");
  EXPECT_GE(detail->violations.size(), 2u);
  EXPECT_TRUE(absl::IsNotFound(scheduler_->catalog().Get("w", 0).status()));
}

}  // namespace
}  // namespace segue::scheduler
