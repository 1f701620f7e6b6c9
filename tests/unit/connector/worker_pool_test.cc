#include "services/connector/worker/worker_pool.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "server/async/task_group.h"
#include "tests/support/manual_executor.h"

namespace segue::services {
namespace {

class WorkerPoolTest : public ::testing::Test {
 protected:
  struct Offered {
    async::CancelSource cancel;
    std::optional<CallResult> result;
  };
  struct Polled {
    async::CancelSource cancel;
    std::optional<std::optional<PulledTask>> task;
  };

  static async::Task<void> Offer(WorkerPool& pool, async::Executor& executor, Call call,
                                 std::shared_ptr<Offered> offered) {
    CallResult result = co_await pool.Invoke(std::move(call), executor, offered->cancel.token());
    offered->result = std::move(result);
  }
  static async::Task<void> Poll(WorkerPool& pool, async::Executor& executor,
                                TaskSource::PollRequest request, std::shared_ptr<Polled> polled) {
    absl::StatusOr<std::optional<PulledTask>> task =
        co_await pool.Poll(std::move(request), executor, polled->cancel.token());
    EXPECT_TRUE(task.ok()) << task.status();
    polled->task = *std::move(task);
  }

  std::shared_ptr<Offered> Offer(const std::string& token, const std::string& workflow = "w") {
    auto offered = std::make_shared<Offered>();
    Call call{.method = "worker:t", .arguments = Json(1), .workflow = workflow};
    call.task_token = token;
    tasks_.Spawn(Offer(pool_, executor_, std::move(call), offered));
    executor_.RunUntilIdle();
    return offered;
  }
  std::shared_ptr<Polled> Poll(const std::string& worker = "me") {
    auto polled = std::make_shared<Polled>();
    TaskSource::PollRequest request{
        .queue = "worker:t", .worker = worker, .until = executor_.Now() + absl::Seconds(60)};
    tasks_.Spawn(Poll(pool_, executor_, std::move(request), polled));
    executor_.RunUntilIdle();
    return polled;
  }
  // The token of the task that a poll gets at once; "" where it gets none.
  std::string Pull() {
    const auto polled = Poll();
    if (polled->task) return polled->task->has_value() ? (**polled->task).task_token : "";
    polled->cancel.Cancel();
    executor_.RunUntilIdle();
    return "";
  }

  segue::testing::ManualExecutor executor_{absl::FromUnixSeconds(1'700'000'000)};
  WorkerPool pool_;
  async::TaskGroup tasks_;
};

TEST_F(WorkerPoolTest, APollTakesWhatWaits) {
  const auto offered = Offer("a");
  EXPECT_FALSE(offered->result);
  EXPECT_EQ(pool_.Waiting("worker:t"), 1);
  EXPECT_EQ(Pull(), "a");
  EXPECT_EQ(*offered->result->outcome, Json::Of({{"workerName", "me"}}));
  EXPECT_EQ(pool_.Waiting("worker:t"), 0);
}

TEST_F(WorkerPoolTest, ATaskGoesToThePollThatWaitsLongest) {
  const auto first = Poll("one");
  const auto second = Poll("two");
  const auto offered = Offer("a");
  EXPECT_EQ((**first->task).task_token, "a");
  EXPECT_FALSE(second->task);
  EXPECT_EQ(*offered->result->outcome->FindString("workerName"), "one");
  Offer("b");
  EXPECT_EQ((**second->task).task_token, "b");
}

TEST_F(WorkerPoolTest, WorkflowsTakeTurns) {
  for (const char* token : {"a1", "a2", "a3"}) Offer(token, "a");
  for (const char* token : {"b1", "b2"}) Offer(token, "b");
  std::vector<std::string> order;
  for (int i = 0; i < 5; ++i) order.push_back(Pull());
  EXPECT_EQ(order, (std::vector<std::string>{"a1", "b1", "a2", "b2", "a3"}));
}

TEST_F(WorkerPoolTest, ACancelledTaskIsNotHandedOut) {
  const auto gone = Offer("gone");
  Offer("next");
  gone->cancel.Cancel();
  executor_.RunUntilIdle();
  EXPECT_TRUE(gone->result);
  EXPECT_EQ(pool_.Waiting("worker:t"), 1);
  EXPECT_EQ(Pull(), "next");
}

// More than it keeps in line before it tidies up, in two workflows.
TEST_F(WorkerPoolTest, ManyCancelledTasksAreNotGivenOut) {
  std::vector<std::shared_ptr<Offered>> gone;
  Offer("first", "v");
  for (int i = 0; i < 200; ++i) gone.push_back(Offer("gone", i % 2 == 0 ? "v" : "w"));
  Offer("last", "v");
  for (const auto& offered : gone) offered->cancel.Cancel();
  executor_.RunUntilIdle();
  EXPECT_EQ(pool_.Waiting("worker:t"), 2);
  EXPECT_EQ(Pull(), "first");
  EXPECT_EQ(Pull(), "last");
  EXPECT_EQ(Pull(), "");
}

TEST_F(WorkerPoolTest, ACancelledPollGetsNothing) {
  const auto polled = Poll();
  polled->cancel.Cancel();
  executor_.RunUntilIdle();
  ASSERT_TRUE(polled->task);
  EXPECT_FALSE(polled->task->has_value());
  const auto offered = Offer("a");
  EXPECT_FALSE(offered->result);
  EXPECT_EQ(Pull(), "a");
}

TEST_F(WorkerPoolTest, APollEndsInTime) {
  const auto polled = Poll();
  executor_.Advance(absl::Seconds(59));
  EXPECT_FALSE(polled->task);
  executor_.Advance(absl::Seconds(1));
  ASSERT_TRUE(polled->task);
  EXPECT_FALSE(polled->task->has_value());
}

TEST_F(WorkerPoolTest, NoPollWaitsOnceTheServerStops) {
  const auto polled = Poll();
  pool_.StopPolls();
  executor_.RunUntilIdle();
  ASSERT_TRUE(polled->task);
  EXPECT_FALSE(polled->task->has_value());
  EXPECT_EQ(Pull(), "");
}

}  // namespace
}  // namespace segue::services
