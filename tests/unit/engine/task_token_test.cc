#include "server/engine/task_token.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "server/engine/await.h"
#include "tests/support/engine_driver.h"

// Tasks whose result comes by another way than the answer to their call.

namespace segue::engine {
namespace {

using segue::testing::EngineDriver;
using segue::testing::Scripted;
using segue::testing::Workflow;

const WorkflowError kBoom{"Boom", "bang"};

std::string Task(const std::string& resource, const std::string& fields = "") {
  return R"({"StartAt": "T", "States": {"T": {"Type": "Task", "Resource": ")" + resource + "\"" +
         fields + R"(, "End": true}}})";
}

constexpr const char* kCallback = "arn:aws:states:::sqs:sendMessage.waitForTaskToken";
constexpr const char* kActivity = "arn:aws:states:us-east-1:000000000000:activity:paint";
constexpr const char* kSync = "arn:aws:states:::states:startExecution.sync:2";

// One execution whose calls are answered with {"workerName": "w1"}.
class TokenTest : public ::testing::Test {
 protected:
  EngineDriver& Run(const std::string& definition) {
    driver_.emplace(Workflow(definition), "{}",
                    Scripted({{"T", {Json::Of({{"workerName", "w1"}})}}}));
    driver_->Apply(Started());
    return *driver_;
  }
  // Answers the call that is out.
  EngineDriver& RunToAnswer(const std::string& definition) {
    EngineDriver& driver = Run(definition);
    driver.Advance();
    return driver;
  }
  AttemptId attempt() const { return driver_->calls().back().start.attempt; }

  std::optional<EngineDriver> driver_;
};

TEST_F(TokenTest, ATokenNamesItsAttemptAndCannotBeMadeUp) {
  EngineDriver& driver = RunToAnswer(Task(kCallback));
  const std::string text = driver.calls().back().start.task_token;
  const auto token = ParseTaskToken(text);
  ASSERT_TRUE(token);
  EXPECT_EQ(token->execution, driver.execution().id);
  EXPECT_EQ(token->attempt, attempt());
  EXPECT_TRUE(IsGenuine(*token, driver.execution()));
  TaskToken forged = *token;
  ++forged.proof[0];
  EXPECT_FALSE(IsGenuine(forged, driver.execution()));
  forged = *token;
  ++forged.attempt.attempt;
  EXPECT_FALSE(IsGenuine(forged, driver.execution()));
  forged = *token;
  forged.proof.clear();
  EXPECT_FALSE(IsGenuine(forged, driver.execution()));
  for (const char* garbage : {"", "token", "MS9h", "!!"}) EXPECT_FALSE(ParseTaskToken(garbage));
}

// The seed can be worked out from what is drawn of it (States.UUID(), say); the key cannot.
TEST_F(TokenTest, WithoutTheKeyATokenCannotBeMade) {
  const std::string key(32, 'k');
  const std::string other_key(32, 'o');
  Execution execution;
  execution.id = ExecutionId("e-1");
  execution.seed = 7;
  Branch branch;
  branch.visit = 1;
  branch.attempt = 1;
  const auto token_under = [&](const std::string* a_key) {
    execution.token_key = a_key;
    return *ParseTaskToken(TaskTokenOf(execution, branch));
  };
  const TaskToken without = token_under(nullptr);
  const TaskToken with_another = token_under(&other_key);
  const TaskToken with = token_under(&key);
  EXPECT_TRUE(IsGenuine(with, execution));
  EXPECT_FALSE(IsGenuine(without, execution));
  EXPECT_FALSE(IsGenuine(with_another, execution));
}

TEST_F(TokenTest, TheArgumentsMayHoldTheToken) {
  EngineDriver& driver = Run(Task(kCallback, R"(, "Parameters": {"t.$": "$$.Task.Token"})"));
  const StartAttempt& start = driver.calls().back().start;
  EXPECT_EQ(*start.arguments.FindString("t"), start.task_token);
}

struct Ending {
  const char* resource;
  Outcome<Json> result;
  ExecutionStatus status;
  const char* history;
};

TEST_F(TokenTest, TheResultComesAfterTheAnswer) {
  const std::string before = "ExecutionStarted TaskStateEntered TaskScheduled TaskStarted ";
  const std::vector<Ending> endings = {
      {kCallback, Json(7), ExecutionStatus::kSucceeded,
       "TaskSubmitted TaskSucceeded TaskStateExited ExecutionSucceeded"},
      {kCallback, kBoom, ExecutionStatus::kFailed, "TaskSubmitted TaskFailed ExecutionFailed"},
      {kActivity, Json(7), ExecutionStatus::kSucceeded,
       "TaskSucceeded TaskStateExited ExecutionSucceeded"},
      {"worker:paint", kBoom, ExecutionStatus::kFailed, "TaskFailed ExecutionFailed"},
  };
  for (const Ending& ending : endings) {
    SCOPED_TRACE(ending.resource);
    EngineDriver& driver = RunToAnswer(Task(ending.resource));
    EXPECT_EQ(driver.execution().branches.begin()->second.phase, BranchPhase::kAwaitingToken);
    EXPECT_FALSE(driver.execution().IsActive());
    driver.Apply(TaskCompleted{attempt(), ending.result});
    EXPECT_EQ(driver.execution().status, ending.status);
    EXPECT_EQ(driver.HistoryTypes(), before + ending.history);
    // It is not waited for any more.
    EXPECT_TRUE(driver.Apply(TaskCompleted{attempt(), ending.result}).empty());
  }
}

TEST_F(TokenTest, HistorySaysWhoTookATask) {
  EngineDriver& driver = RunToAnswer(Task(kActivity));
  EXPECT_EQ(driver.history().back().type, HistoryEventType::kTaskStarted);
  EXPECT_EQ(driver.history().back().worker, "w1");
}

TEST_F(TokenTest, ACompletionMayBeFasterThanTheAnswer) {
  EngineDriver& driver = Run(Task(kCallback));
  driver.Apply(TaskCompleted{attempt(), Json("fast")});
  EXPECT_EQ(driver.execution().output, Json("fast"));
  EXPECT_EQ(driver.HistoryTypes(),
            "ExecutionStarted TaskStateEntered TaskScheduled TaskStarted TaskSucceeded "
            "TaskStateExited ExecutionSucceeded");
}

TEST_F(TokenTest, StaleTokensChangeNothing) {
  EngineDriver& driver = RunToAnswer(Task(kCallback));
  AttemptId stale = attempt();
  ++stale.attempt;
  EXPECT_TRUE(driver.Apply(TaskCompleted{stale, Json(1)}).empty());
  EXPECT_TRUE(driver.Apply(TaskHeartbeat{stale}).empty());
  stale = attempt();
  ++stale.visit;
  EXPECT_TRUE(driver.Apply(TaskCompleted{stale, Json(1)}).empty());
  EXPECT_EQ(driver.execution().status, ExecutionStatus::kRunning);
}

TEST_F(TokenTest, HeartbeatsHoldOffTheirTimeoutButNotTheTasks) {
  EngineDriver& driver =
      RunToAnswer(Task(kCallback, R"(, "HeartbeatSeconds": 10, "TimeoutSeconds": 25)"));
  const absl::Time began = driver.now();
  const Branch& branch = driver.execution().branches.begin()->second;
  EXPECT_EQ(*branch.due, began + absl::Seconds(10));
  driver.Apply(TaskHeartbeat{attempt()});
  EXPECT_EQ(*branch.due, driver.now() + absl::Seconds(10));
  driver.Run();
  EXPECT_EQ(driver.execution().error->name, "States.HeartbeatTimeout");
  EXPECT_EQ(driver.history()[driver.history().size() - 2].type, HistoryEventType::kTaskTimedOut);
}

TEST_F(TokenTest, ATaskTimesOutFromItsStart) {
  EngineDriver& driver = RunToAnswer(Task(kActivity, R"(, "TimeoutSeconds": 25)"));
  driver.Run();
  EXPECT_EQ(driver.execution().error->name, "States.Timeout");
  EXPECT_EQ(driver.elapsed(), absl::Seconds(25));
}

TEST_F(TokenTest, ATimeoutIsRetriedWithANewToken) {
  EngineDriver& driver = RunToAnswer(
      Task(kCallback, R"(, "TimeoutSeconds": 5, "Retry": [{"ErrorEquals": ["States.Timeout"]}])"));
  const AttemptId first = attempt();
  while (driver.calls().size() == 1) driver.Advance();
  EXPECT_NE(driver.calls()[0].start.task_token, driver.calls()[1].start.task_token);
  EXPECT_EQ(driver.calls()[0].start.idempotency_key, driver.calls()[1].start.idempotency_key);
  EXPECT_TRUE(driver.Apply(TaskCompleted{first, Json(1)}).empty());
}

TEST_F(TokenTest, SyncAsksForTheResultWithASecondCall) {
  EngineDriver& driver = RunToAnswer(Task(kSync, R"(, "TimeoutSeconds": 25)"));
  ASSERT_EQ(driver.calls().size(), 2u);
  EXPECT_FALSE(driver.calls()[0].start.submitted);
  EXPECT_EQ(*driver.calls()[1].start.submitted, Json::Of({{"workerName", "w1"}}));
  EXPECT_EQ(driver.calls()[1].start.attempt, driver.calls()[0].start.attempt);
  // No token completes it.
  EXPECT_TRUE(driver.Apply(TaskCompleted{attempt(), Json(1)}).empty());
  driver.Run();
  EXPECT_EQ(driver.execution().status, ExecutionStatus::kSucceeded);
  EXPECT_EQ(driver.HistoryTypes(),
            "ExecutionStarted TaskStateEntered TaskScheduled TaskStarted TaskSubmitted "
            "TaskSucceeded TaskStateExited ExecutionSucceeded");
}

TEST_F(TokenTest, ACancelEndsWhatIsAwaited) {
  for (const char* resource : {kCallback, kSync, kActivity}) {
    EngineDriver& driver = RunToAnswer(Task(resource));
    driver.Apply(Cancelled{});
    EXPECT_EQ(driver.execution().status, ExecutionStatus::kCancelled);
    EXPECT_EQ(driver.calls_out(), 0u);
  }
}

class OneActivity final : public Activities {
 public:
  bool Has(std::string_view arn) const override { return arn == kActivity; }
};

TEST(ActivityTest, OneThatDoesNotExistFailsItsTaskBeforeItIsScheduled) {
  const OneActivity activities;
  EngineDriver::Options options;
  options.activities = &activities;
  EngineDriver known(Workflow(Task(kActivity)), "{}", Scripted({}), options);
  known.Apply(Started());
  EXPECT_EQ(known.calls().size(), 1u);
  const std::string gone = "arn:aws:states:us-east-1:000000000000:activity:gone";
  EngineDriver unknown(Workflow(Task(gone, R"(, "Retry": [{"ErrorEquals": ["States.ALL"]}])")),
                       "{}", Scripted({}), options);
  unknown.Run();
  EXPECT_EQ(*unknown.execution().error,
            (WorkflowError{"States.Runtime",
                           "An error occurred while executing the state 'T' (entered at the event "
                           "id #2). The activity " +
                               gone + " does not exist."}));
  EXPECT_EQ(unknown.HistoryTypes(), "ExecutionStarted TaskStateEntered ExecutionFailed");
}

}  // namespace
}  // namespace segue::engine
