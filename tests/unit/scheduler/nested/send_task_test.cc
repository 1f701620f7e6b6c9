#include "server/scheduler/nested/send_task.h"

#include <algorithm>
#include <string>

#include "absl/strings/str_cat.h"
#include "tests/unit/scheduler/fixture.h"

namespace segue::scheduler {
namespace {

constexpr char kSender[] = R"({"StartAt":"S","States":{"S":{"Type":"Task","End":true,
    "Resource":"arn:aws:states:::aws-sdk:sfn:sendTaskSuccess",
    "Parameters":{"TaskToken.$":"$.token","Output":"1"}}}})";
constexpr char kReceiver[] = R"({"StartAt":"T","States":{
    "T":{"Type":"Task","Resource":"grpc:shop/s.S/M.waitForTaskToken","Next":"U",
         "Parameters":{"token.$":"$$.Task.Token"}},
    "U":{"Type":"Task","Resource":"grpc:shop/s.S/M","End":true}}})";

class SendTaskTest : public SchedulerTest {
 protected:
  void TearDown() override { Stop(); }

  SubmitRequest Named(const std::string& id, const std::string& definition, std::string input) {
    SubmitRequest request = Inline(definition);
    request.execution_id = id;
    request.input = std::move(input);
    return request;
  }
  bool HasStarted(const std::string& state) const {
    return std::ranges::any_of(runner_->started, [&state](const auto& started) {
      return started.request.idempotency_key.find(absl::StrCat("/", state, "/")) !=
             std::string::npos;
    });
  }
};

// Recovery sends again what is out, a task that completes another's among it. What follows there is
// not durable yet, though that execution is one of those that recovery still comes to.
TEST_F(SendTaskTest, WhatFollowsAResultThatIsSentAgainWaitsForTheStore) {
  ASSERT_TRUE(Submit(Named("receiver", kReceiver, "null")).ok());
  executor_->RunUntilIdle();
  const std::string token = runner_->started.at(0).request.task_token;
  // The second commit is that of the result.
  store_.next = FailingStore::Failure::kBefore;
  store_.fail_after = 1;
  Begin(
      scheduler_->Submit(Named("a-sender", kSender, absl::StrCat(R"({"token":")", token, "\"}"))));
  ASSERT_TRUE(executor_->RunUntil([&] { return store_.next == FailingStore::Failure::kNone; }));
  store_.held = true;
  executor_->RunUntilIdle();
  EXPECT_FALSE(HasStarted("U"));
  store_.Release();
  executor_->RunUntilIdle();
  EXPECT_TRUE(HasStarted("U"));
}

}  // namespace
}  // namespace segue::scheduler
