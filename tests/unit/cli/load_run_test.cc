// The load generator's drivers over real sockets: that they count what happened.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>

#include "clients/load/child.h"
#include "clients/load/echo_server.h"
#include "clients/load/run.h"
#include "tests/unit/cli/fake_segue.h"

namespace segue::load {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;

class LoadRunTest : public ::testing::TestWithParam<Mode> {
 protected:
  LoadRunTest() : fake_(cli::FakeSegue::Reach::kLoopback) {
    fake_.endings = {{"ok", {}}, {"bad", {v1::EXECUTION_STATUS_FAILED, "OutOfStock"}}};
    options_.mode = GetParam();
    options_.address = fake_.address();
    options_.open = 8;
    options_.streams = 3;
    options_.threads = 2;
    options_.count = 200;
    options_.warmup = absl::ZeroDuration();
    options_.drain = absl::Seconds(1);
  }

  LoadResult Run(const std::string& workflow) {
    options_.submit.request.set_workflow(workflow);
    const auto result = RunLoad(options_, {.stop = stop_, .progress = {}, .server_stats = {}});
    EXPECT_TRUE(result.ok()) << result.status();
    return result.ok() ? *result : LoadResult();
  }

  cli::FakeSegue fake_;
  LoadOptions options_;
  std::atomic<bool> stop_ = false;
};

INSTANTIATE_TEST_SUITE_P(Modes, LoadRunTest, ::testing::Values(Mode::kStream, Mode::kUnary));

TEST_P(LoadRunTest, CountsCompleted) {
  const LoadResult result = Run("ok");
  EXPECT_EQ(result.counts.started, 200);
  EXPECT_EQ(result.counts.completed, 200);
  EXPECT_EQ(result.counts.latency.count(), 200);
  EXPECT_EQ(result.counts.accept_latency.count(), 200);
  EXPECT_EQ(result.unfinished, 0);
  EXPECT_EQ(fake_.executions.size(), 200u);
}

TEST_P(LoadRunTest, NamesWhatFailed) {
  const LoadResult result = Run("bad");
  EXPECT_EQ(result.counts.failed, 200);
  EXPECT_THAT(result.counts.errors, ElementsAre(Pair("FAILED OutOfStock", 200)));
}

TEST_P(LoadRunTest, NamesWhatWasRefused) {
  options_.submit.request.set_input("BAD");
  const LoadResult result = Run("ok");
  EXPECT_EQ(result.counts.refused, 200);
  EXPECT_THAT(result.counts.errors, ElementsAre(Pair("the input is not JSON", 200)));
}

TEST_P(LoadRunTest, RequestIdsAreAllDifferent) {
  options_.submit.request_id_prefix = "run";
  EXPECT_EQ(Run("ok").counts.completed, 200);
  EXPECT_EQ(fake_.executions.size(), 200u);
}

TEST_P(LoadRunTest, AcceptOnlyDoesNotWaitForTheEnd) {
  options_.submit.await = Await::kAccepted;
  const LoadResult result = Run("sleeps");
  EXPECT_EQ(result.counts.completed, 200);
}

TEST_P(LoadRunTest, WhatNeverEndsIsUnfinished) {
  if (GetParam() == Mode::kUnary) GTEST_SKIP() << "the fake answers waits at once";
  options_.count = 0;
  options_.duration = absl::Milliseconds(300);
  options_.drain = absl::Milliseconds(300);
  const LoadResult result = Run("sleeps");
  EXPECT_EQ(result.counts.completed, 0);
  EXPECT_EQ(result.unfinished, 8);
}

TEST_P(LoadRunTest, OpenLoopKeepsItsRate) {
  options_.count = 0;
  options_.rate_per_second = 200;
  options_.duration = absl::Seconds(1);
  const LoadResult result = Run("ok");
  EXPECT_NEAR(static_cast<double>(result.counts.completed + result.missed), 200, 20);
}

TEST_P(LoadRunTest, ABrokenStreamIsOpenedAgain) {
  if (GetParam() == Mode::kUnary) GTEST_SKIP();
  fake_.break_stream_after = {5, 5, 5};
  const LoadResult result = Run("ok");
  EXPECT_GT(result.counts.lost, 0);
  EXPECT_EQ(result.counts.ended(), 200);
  EXPECT_THAT(result.counts.errors.begin()->first, HasSubstr("draining"));
}

TEST(Raw, EchoAnswersEveryCall) {
  const auto echo = EchoServer::Start({.address = "127.0.0.1:0", .threads = 2});
  ASSERT_TRUE(echo.ok()) << echo.status();
  LoadOptions options;
  options.mode = Mode::kRaw;
  options.address = "127.0.0.1:" + std::to_string((*echo)->port());
  options.count = 2'000;
  options.warmup = absl::ZeroDuration();
  const std::atomic<bool> stop = false;
  const auto result = RunLoad(options, {.stop = stop, .progress = {}, .server_stats = {}});
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->counts.completed, 2'000);
  EXPECT_GT(result->counts.latency.Percentile(0.5), absl::ZeroDuration());
}

TEST(Raw, NothingThereIsUnavailable) {
  LoadOptions options;
  options.mode = Mode::kRaw;
  options.address = "127.0.0.1:" + std::to_string(*FreePort());
  const std::atomic<bool> stop = false;
  const auto result = RunLoad(options, {.stop = stop, .progress = {}, .server_stats = {}});
  EXPECT_EQ(result.status().code(), absl::StatusCode::kUnavailable);
}

TEST(ChildTest, EndsByItsId) {
  auto child = Child::Start({"sleep", "60"}, "/dev/null");
  ASSERT_TRUE(child.ok());
  EXPECT_TRUE((*child)->Running());
  EXPECT_EQ((*child)->Stop(absl::Seconds(5)), "ended by signal 15");
}

TEST(ChildTest, AMissingProgramEndsByItself) {
  auto child = Child::Start({"/no/such/program"}, "/dev/null");
  ASSERT_TRUE(child.ok());
  EXPECT_TRUE((*child)->AwaitEnd(absl::Seconds(10)));
  EXPECT_EQ((*child)->Stop(absl::ZeroDuration()), "exited with 127");
}

}  // namespace
}  // namespace segue::load
