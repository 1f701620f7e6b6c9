#include "server/scheduler/scheduler.h"

#include "server/async/task_group.h"
#include "server/base/error.h"
#include "tests/unit/scheduler/fixture.h"

namespace segue::scheduler {
namespace {

using engine::ExecutionStatus;

std::string ReasonOf(const absl::Status& status) {
  const auto detail = segue::DetailOf(status);
  return detail ? detail->reason : "";
}

TEST_F(SchedulerTest, RunsWhatNeedsNobody) {
  const auto submitted = Submit(Inline(kPass));
  ASSERT_TRUE(submitted.ok()) << submitted.status();
  const ExecutionView view = Get(submitted->view.execution.id);
  EXPECT_EQ(view.execution.status, ExecutionStatus::kSucceeded);
  EXPECT_EQ(view.execution.output, Json(Json::Object()));
}

TEST_F(SchedulerTest, NoAttemptLeavesBeforeItIsDurable) {
  store_.next = FailingStore::Failure::kBefore;
  const auto submitted = Submit(Inline(kTask));
  EXPECT_TRUE(absl::IsUnavailable(submitted.status())) << submitted.status();
  EXPECT_EQ(ReasonOf(submitted.status()), "COMMIT_OUTCOME_UNKNOWN");
  executor_->RunUntilIdle();
  EXPECT_TRUE(runner_->started.empty());
  // The shard has recovered: the next one goes through.
  ASSERT_TRUE(Submit(Inline(kTask)).ok());
  EXPECT_EQ(runner_->started.size(), 1u);
}

TEST_F(SchedulerTest, ACommitThatLostItsAnswerIsFoundAgain) {
  SubmitRequest request = Inline(kTask);
  request.request_id = "r1";
  store_.next = FailingStore::Failure::kAfter;
  EXPECT_TRUE(absl::IsUnavailable(Submit(request).status()));
  executor_->RunUntilIdle();
  // Recovery has found it and sent its attempt; the repeat finds it too.
  ASSERT_EQ(runner_->started.size(), 1u);
  const auto repeated = Submit(request);
  ASSERT_TRUE(repeated.ok()) << repeated.status();
  EXPECT_TRUE(repeated->duplicate);
  EXPECT_EQ(runner_->started.size(), 1u);
  runner_->Succeed(0, Json("done"));
  executor_->RunUntilIdle();
  EXPECT_EQ(StatusOf(repeated->view.execution.id), ExecutionStatus::kSucceeded);
}

TEST_F(SchedulerTest, MoreSubmitsThanTheStoreTakesAreRefused) {
  options_.max_pending_submits = 2;
  Restart();
  std::vector<absl::Status> answers(4, absl::UnknownError("not answered"));
  async::TaskGroup group;
  const auto submit = [](Scheduler& scheduler, absl::Status* answer) -> async::Task<void> {
    auto result = co_await scheduler.Submit(Inline(kWait));
    *answer = result.status();
  };
  executor_->Post([&] {
    for (absl::Status& answer : answers) group.Spawn(submit(*scheduler_, &answer));
  });
  executor_->RunUntilIdle();
  EXPECT_TRUE(answers[0].ok() && answers[1].ok());
  for (size_t i : {2, 3}) {
    EXPECT_TRUE(absl::IsResourceExhausted(answers[i]));
    EXPECT_EQ(ReasonOf(answers[i]), "TOO_MANY_PENDING_SUBMITS");
  }
  EXPECT_TRUE(Submit(Inline(kWait)).ok());
}

TEST_F(SchedulerTest, AFullDiskRefusesWhatIsNewUntilThereIsRoom) {
  const auto before = Submit(Inline(kWait));
  ASSERT_TRUE(before.ok());
  store_.full = true;
  const auto first = Submit(Inline(kWait));
  EXPECT_TRUE(absl::IsResourceExhausted(first.status())) << first.status();
  executor_->RunUntilIdle();
  const auto second = Submit(Inline(kWait));
  EXPECT_TRUE(absl::IsResourceExhausted(second.status())) << second.status();
  EXPECT_EQ(ReasonOf(second.status()), "STORE_FULL");
  EXPECT_EQ(StatusOf(before->view.execution.id), ExecutionStatus::kRunning);
  store_.full = false;
  Advance(absl::Seconds(20));
  EXPECT_TRUE(Submit(Inline(kWait)).ok());
}

// Starts and ends whose commit was not confirmed, written or not: the count of open executions is
// right once the shard has recovered, and counts EXPRESS ones.
TEST_F(SchedulerTest, TheCountOfOpenExecutionsSurvivesUnknownOutcomes) {
  using Failure = FailingStore::Failure;
  SubmitRequest express = Inline(kTask);
  express.type = engine::ExecutionType::kExpress;
  ASSERT_TRUE(Submit(express).ok());
  ASSERT_TRUE(Submit(Inline(kWait)).ok());
  EXPECT_EQ(observer_.open, 2);
  int64_t open = 2;
  for (const Failure failure : {Failure::kBefore, Failure::kAfter}) {
    SCOPED_TRACE(static_cast<int>(failure));
    store_.next = failure;
    EXPECT_FALSE(Submit(Inline(kWait)).ok());
    executor_->RunUntilIdle();
    open += failure == Failure::kAfter ? 1 : 0;
    EXPECT_EQ(observer_.open, open);
    const auto submitted = Submit(Inline(kTask));
    ASSERT_TRUE(submitted.ok());
    EXPECT_EQ(observer_.open, open + 1);
    store_.next = failure;
    runner_->Succeed(runner_->started.size() - 1, Json(1));
    executor_->RunUntilIdle();
    open += failure == Failure::kBefore ? 1 : 0;
    EXPECT_EQ(observer_.open, open);
  }
  Restart();
  EXPECT_EQ(observer_.open, open - 1);  // the EXPRESS one is gone
}

TEST_F(SchedulerTest, AResultWhoseCommitFailsIsAskedForAgain) {
  const auto submitted = Submit(Inline(kTask));
  ASSERT_TRUE(submitted.ok());
  store_.next = FailingStore::Failure::kBefore;
  runner_->Succeed(0, Json(1));
  executor_->RunUntilIdle();
  ASSERT_EQ(runner_->started.size(), 2u);
  EXPECT_EQ(runner_->started[1].request.idempotency_key,
            runner_->started[0].request.idempotency_key);
  runner_->Succeed(1, Json(2));
  executor_->RunUntilIdle();
  EXPECT_EQ(Get(submitted->view.execution.id).execution.output, Json(2));
}

TEST_F(SchedulerTest, SendsAgainAfterACrashUnderTheSameKey) {
  const auto submitted = Submit(Inline(kTask));
  ASSERT_TRUE(submitted.ok());
  const std::string key = runner_->started.at(0).request.idempotency_key;
  Restart();
  ASSERT_EQ(runner_->started.size(), 1u);
  EXPECT_EQ(runner_->started[0].request.idempotency_key, key);
  runner_->Succeed(0, Json("done"));
  executor_->RunUntilIdle();
  EXPECT_EQ(StatusOf(submitted->view.execution.id), ExecutionStatus::kSucceeded);
}

TEST_F(SchedulerTest, ASleeperWakesInTime) {
  const auto submitted = Submit(Inline(kWait));
  ASSERT_TRUE(submitted.ok());
  const ExecutionId id = submitted->view.execution.id;
  Advance(absl::Seconds(599));
  EXPECT_EQ(StatusOf(id), ExecutionStatus::kRunning);
  Advance(absl::Seconds(2));
  EXPECT_EQ(StatusOf(id), ExecutionStatus::kSucceeded);
}

TEST_F(SchedulerTest, ASleeperSurvivesACrash) {
  const auto submitted = Submit(Inline(kWait));
  ASSERT_TRUE(submitted.ok());
  Advance(absl::Seconds(300));
  Restart();
  Advance(absl::Seconds(301));
  EXPECT_EQ(StatusOf(submitted->view.execution.id), ExecutionStatus::kSucceeded);
}

TEST_F(SchedulerTest, WhatWasDueWhileTheServerWasDownHappensAtOnce) {
  const auto submitted = Submit(Inline(kWait));
  ASSERT_TRUE(submitted.ok());
  now_ += absl::Hours(1);
  Restart();
  executor_->RunUntilIdle();
  EXPECT_EQ(StatusOf(submitted->view.execution.id), ExecutionStatus::kSucceeded);
}

TEST_F(SchedulerTest, TheSameRequestIsOneExecution) {
  SubmitRequest request = Inline(kWait);
  request.request_id = "r1";
  const auto first = Submit(request);
  const auto second = Submit(request);
  ASSERT_TRUE(first.ok() && second.ok());
  EXPECT_FALSE(first->duplicate);
  EXPECT_TRUE(second->duplicate);
  EXPECT_EQ(first->view.execution.id, second->view.execution.id);
  request.input = "[1]";
  const auto third = Submit(request);
  EXPECT_TRUE(absl::IsAlreadyExists(third.status())) << third.status();
  EXPECT_EQ(ReasonOf(third.status()), "ID_IN_USE");
}

TEST_F(SchedulerTest, CancelReachesTheAttempt) {
  const auto submitted = Submit(Inline(kTask));
  ASSERT_TRUE(submitted.ok());
  const ExecutionId id = submitted->view.execution.id;
  const auto cancelled = executor_->Wait(scheduler_->Cancel(id, {.cause = "enough"}));
  ASSERT_TRUE(cancelled.ok()) << cancelled.status();
  EXPECT_EQ(cancelled->execution.status, ExecutionStatus::kCancelled);
  EXPECT_EQ(cancelled->execution.error->cause, "enough");
  EXPECT_TRUE(runner_->started[0].cancelled);
  // Again is no error; cancelling what ended otherwise is.
  EXPECT_TRUE(executor_->Wait(scheduler_->Cancel(id, {})).ok());
  const auto done = Submit(Inline(kPass));
  const auto late = executor_->Wait(scheduler_->Cancel(done->view.execution.id, {}));
  EXPECT_TRUE(absl::IsFailedPrecondition(late.status())) << late.status();
}

TEST_F(SchedulerTest, WaitAnswersAtTheEndOrInTime) {
  const auto submitted = Submit(Inline(kTask));
  const ExecutionId id = submitted->view.execution.id;
  std::optional<absl::StatusOr<ExecutionView>> ended;
  async::TaskGroup group;
  const auto keep = [](async::Task<absl::StatusOr<ExecutionView>> task,
                       std::optional<absl::StatusOr<ExecutionView>>* out) -> async::Task<void> {
    absl::StatusOr<ExecutionView> view = co_await std::move(task);
    out->emplace(std::move(view));
  };
  group.Spawn(keep(scheduler_->Wait(id, Detail::kBasic, now_ + absl::Seconds(10)), &ended));
  Advance(absl::Seconds(9));
  EXPECT_FALSE(ended);
  Advance(absl::Seconds(2));
  ASSERT_TRUE(ended && ended->ok());
  EXPECT_EQ((*ended)->execution.status, ExecutionStatus::kRunning);
  ended.reset();
  group.Spawn(keep(scheduler_->Wait(id, Detail::kBasic, now_ + absl::Seconds(10)), &ended));
  executor_->RunUntilIdle();
  EXPECT_FALSE(ended);
  runner_->Succeed(0, Json(1));
  executor_->RunUntilIdle();
  ASSERT_TRUE(ended && ended->ok());
  EXPECT_EQ((*ended)->execution.status, ExecutionStatus::kSucceeded);
}

TEST_F(SchedulerTest, WatchMissesNothing) {
  const auto submitted = Submit(Inline(kTask));
  Scheduler::WatchRequest request{.id = submitted->view.execution.id,
                                  .until = now_ + absl::Seconds(5)};
  auto seen = executor_->Wait(scheduler_->Watch(request));
  ASSERT_TRUE(seen.ok());
  std::vector<int64_t> ids;
  for (const auto& event : seen->events) ids.push_back(event.id);
  runner_->Succeed(0, Json(1));
  executor_->RunUntilIdle();
  request.after = ids.back();
  seen = executor_->Wait(scheduler_->Watch(request));
  ASSERT_TRUE(seen.ok());
  for (const auto& event : seen->events) ids.push_back(event.id);
  std::vector<int64_t> all(ids.size());
  for (size_t i = 0; i < all.size(); ++i) all[i] = static_cast<int64_t>(i) + 1;
  EXPECT_EQ(ids, all);
  EXPECT_EQ(seen->view.execution.last_event, ids.back());
  EXPECT_EQ(seen->view.execution.status, ExecutionStatus::kSucceeded);
}

TEST_F(SchedulerTest, RetentionRemovesWhatEndedLongAgo) {
  const auto submitted = Submit(Inline(kPass));
  const ExecutionId id = submitted->view.execution.id;
  Advance(options_.retention + absl::Hours(1));
  const auto gone = executor_->Wait(scheduler_->Get(id, Detail::kBasic));
  EXPECT_EQ(ReasonOf(gone.status()), "EXECUTION_NOT_FOUND");
  const auto page = executor_->Wait(scheduler_->List({}, std::nullopt, 10));
  ASSERT_TRUE(page.ok());
  EXPECT_TRUE(page->executions.empty());
}

TEST_F(SchedulerTest, ExpressExecutionsAreNeverWritten) {
  const int commits = store_.commits;
  SubmitRequest request = Inline(kTask);
  request.type = engine::ExecutionType::kExpress;
  const auto submitted = Submit(request);
  ASSERT_TRUE(submitted.ok());
  executor_->RunUntilIdle();
  ASSERT_EQ(runner_->started.size(), 1u);
  runner_->Succeed(0, Json("fast"));
  executor_->RunUntilIdle();
  EXPECT_EQ(Get(submitted->view.execution.id).execution.output, Json("fast"));
  EXPECT_EQ(store_.commits, commits);
}

TEST_F(SchedulerTest, ListsByStatusAndLabel) {
  SubmitRequest labelled = Inline(kPass);
  labelled.labels = {{"team", "a"}};
  ASSERT_TRUE(Submit(labelled).ok());
  ASSERT_TRUE(Submit(Inline(kPass)).ok());
  ASSERT_TRUE(Submit(Inline(kWait)).ok());
  const auto count = [&](ListFilter filter) {
    const auto page = executor_->Wait(scheduler_->List(std::move(filter), std::nullopt, 10));
    return page.ok() ? std::ssize(page->executions) : -1;
  };
  EXPECT_EQ(count({}), 3);
  EXPECT_EQ(count({.statuses = {ExecutionStatus::kSucceeded}}), 2);
  EXPECT_EQ(count({.statuses = {ExecutionStatus::kRunning}}), 1);
  EXPECT_EQ(count({.labels = {{"team", "a"}}}), 1);
  EXPECT_EQ(count({.workflow = "nobody"}), 0);
}

TEST_F(SchedulerTest, StopsWhenAllIsDurable) {
  ASSERT_TRUE(Submit(Inline(kTask)).ok());
  bool stopped = false;
  scheduler_->Stop(now_ + absl::Seconds(5), [&stopped] { stopped = true; });
  executor_->RunUntilIdle();
  EXPECT_FALSE(stopped) << "an attempt is out, and has until the deadline";
  EXPECT_EQ(ReasonOf(Submit(Inline(kPass)).status()), "DRAINING");
  runner_->Succeed(0, Json(1));
  executor_->RunUntilIdle();
  EXPECT_TRUE(stopped);
}

TEST_F(SchedulerTest, StopsWhileAnExecutionRunsInCircles) {
  ASSERT_TRUE(Submit(Inline(R"({"StartAt":"A","States":{
      "A":{"Type":"Pass","Next":"C"},
      "C":{"Type":"Choice","Default":"A",
           "Choices":[{"Variable":"$.end","IsPresent":true,"Next":"S"}]},
      "S":{"Type":"Succeed"}}})"))
                  .ok());
  bool stopped = false;
  scheduler_->Stop(now_, [&stopped] { stopped = true; });
  for (int turns = 0; !stopped && turns < 1000; ++turns) executor_->Step();
  EXPECT_TRUE(stopped);
}

struct BadSubmit {
  const char* name;
  void (*spoil)(SubmitRequest&);
  const char* reason;
};

class BadSubmits : public SchedulerTest, public ::testing::WithParamInterface<BadSubmit> {};

TEST_P(BadSubmits, AreRefusedWithAReason) {
  SubmitRequest request = Inline(kPass);
  GetParam().spoil(request);
  const auto refused = Submit(std::move(request));
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(ReasonOf(refused.status()), GetParam().reason) << refused.status();
}

INSTANTIATE_TEST_SUITE_P(
    Admission, BadSubmits,
    ::testing::Values(
        BadSubmit{"both", [](SubmitRequest& r) { r.workflow = "w"; }, "BAD_TARGET"},
        BadSubmit{"neither", [](SubmitRequest& r) { r.inline_definition = ""; }, "BAD_TARGET"},
        BadSubmit{"inline_version", [](SubmitRequest& r) { r.version = 1; }, "BAD_TARGET"},
        BadSubmit{"unknown",
                  [](SubmitRequest& r) { r.inline_definition = "", r.workflow = "nope"; },
                  "WORKFLOW_NOT_FOUND"},
        BadSubmit{"id", [](SubmitRequest& r) { r.execution_id = "a/b"; }, "BAD_ID"},
        BadSubmit{"request_id", [](SubmitRequest& r) { r.request_id = std::string(129, 'x'); },
                  "BAD_ID"},
        BadSubmit{"priority", [](SubmitRequest& r) { r.priority = 10; }, "OUT_OF_RANGE"},
        BadSubmit{"deadline", [](SubmitRequest& r) { r.deadline = absl::UnixEpoch(); },
                  "DEADLINE_PASSED"},
        BadSubmit{"input", [](SubmitRequest& r) { r.input = "{"; }, "NOT_JSON"},
        BadSubmit{"large",
                  [](SubmitRequest& r) { r.input = '"' + std::string(300'000, 'x') + '"'; },
                  "TOO_LARGE"},
        BadSubmit{"label", [](SubmitRequest& r) { r.labels = {{"Bad Key", "x"}}; }, "BAD_LABEL"},
        BadSubmit{"definition", [](SubmitRequest& r) { r.inline_definition = "{}"; },
                  "INVALID_DEFINITION"},
        BadSubmit{"service",
                  [](SubmitRequest& r) {
                    r.inline_definition = R"({"StartAt":"T","States":{"T":{"Type":"Task",)"
                                          R"("Resource":"grpc:nope/s.S/M","End":true}}})";
                  },
                  "INVALID_DEFINITION"}),
    [](const auto& row) { return row.param.name; });

}  // namespace
}  // namespace segue::scheduler
