#include <string>
#include <vector>

#include "server/base/error.h"
#include "server/engine/task_token.h"
#include "tests/unit/scheduler/fixture.h"

// Tasks that others complete, executions that start others, Map Runs.

namespace segue::scheduler {
namespace {

using engine::ExecutionStatus;

constexpr char kCallback[] =
    R"({"StartAt":"T","States":{"T":{"Type":"Task","HeartbeatSeconds":100,
        "Resource":"grpc:shop/s.S/M.waitForTaskToken","End":true}}})";

std::string ReasonOf(const absl::Status& status) {
  const auto detail = segue::DetailOf(status);
  return detail ? detail->reason : "";
}

class TasksTest : public SchedulerTest {
 protected:
  absl::Status Complete(const std::string& token, Outcome<Json> result) {
    return executor_->Wait(scheduler_->CompleteTask(token, std::move(result)));
  }
  absl::Status Heartbeat(const std::string& token) {
    return executor_->Wait(scheduler_->HeartbeatTask(token));
  }

  // An execution whose task waits for its token.
  struct Waiting {
    ExecutionId id;
    std::string token;
  };
  Waiting SubmitWaiting(const std::string& definition = kCallback) {
    const auto submitted = Submit(Inline(definition));
    EXPECT_TRUE(submitted.ok()) << submitted.status();
    const std::string token = runner_->started.back().request.task_token;
    runner_->Succeed(runner_->started.size() - 1, Json("taken"));
    executor_->RunUntilIdle();
    return {submitted->view.execution.id, token};
  }
};

TEST_F(TasksTest, ATokenCompletesItsTask) {
  const Waiting waiting = SubmitWaiting();
  EXPECT_EQ(StatusOf(waiting.id), ExecutionStatus::kRunning);
  EXPECT_TRUE(Complete(waiting.token, Json("done")).ok());
  EXPECT_EQ(Get(waiting.id).execution.output, Json("done"));
  EXPECT_EQ(ReasonOf(Complete(waiting.token, Json("again"))), "TASK_GONE");
}

TEST_F(TasksTest, ATokenIsGoodAfterACrashAndNothingIsSentAgain) {
  const Waiting waiting = SubmitWaiting();
  Restart();
  EXPECT_TRUE(runner_->started.empty());
  EXPECT_TRUE(Complete(waiting.token, WorkflowError{"Sad", "so"}).ok());
  EXPECT_EQ(Get(waiting.id).execution.error->name, "Sad");
}

TEST_F(TasksTest, ATokenThatMayBeDurableSaysSo) {
  const Waiting waiting = SubmitWaiting();
  store_.next = FailingStore::Failure::kAfter;
  EXPECT_TRUE(absl::IsUnavailable(Complete(waiting.token, Json(1))));
  executor_->RunUntilIdle();
  EXPECT_EQ(ReasonOf(Complete(waiting.token, Json(1))), "TASK_GONE");
  EXPECT_EQ(Get(waiting.id).execution.output, Json(1));
}

// Whoever heard that nobody waits any more would not send its result again.
TEST_F(TasksTest, ATaskIsNotGoneBeforeThatIsDurable) {
  const Waiting waiting = SubmitWaiting(
      R"({"StartAt":"T","States":{
          "T":{"Type":"Task","Resource":"grpc:shop/s.S/M.waitForTaskToken","Next":"W"},
          "W":{"Type":"Wait","Seconds":60,"End":true}}})");
  store_.next = FailingStore::Failure::kBefore;
  Begin(scheduler_->CompleteTask(waiting.token, Json("first")));
  EXPECT_TRUE(absl::IsUnavailable(Complete(waiting.token, Json("second"))));
  executor_->RunUntilIdle();
  EXPECT_TRUE(Complete(waiting.token, Json("second")).ok());
}

// The turn that ends the wait for a token also has a workflow send it, too late: what that looks at
// has yet to be settled by the turn.
TEST_F(TasksTest, ATokenIsSentInTheTurnThatEndsItsTask) {
  constexpr char kGivesUp[] =
      R"({"StartAt":"T","States":{
          "T":{"Type":"Task","HeartbeatSeconds":100,"Resource":"grpc:shop/s.S/M.waitForTaskToken",
               "Catch":[{"ErrorEquals":["States.ALL"],"Next":"W"}],"End":true},
          "W":{"Type":"Wait","Seconds":36000,"End":true}}})";
  constexpr char kSendsLate[] =
      R"({"StartAt":"W","States":{
          "W":{"Type":"Wait","Seconds":100,"Next":"S"},
          "S":{"Type":"Task","Resource":"arn:aws:states:::aws-sdk:sfn:sendTaskSuccess",
               "Parameters":{"TaskToken.$":"$.token","Output":"1"},"End":true}}})";
  const Waiting waiting = SubmitWaiting(kGivesUp);
  SubmitRequest late = Inline(kSendsLate);
  late.input = Json::Of({{"token", waiting.token}}).Dump();
  const auto sender = Submit(std::move(late));
  ASSERT_TRUE(sender.ok()) << sender.status();
  Advance(absl::Seconds(100));
  EXPECT_EQ(Get(sender->view.execution.id).execution.error->name, "Sfn.TaskTimedOutException");
  EXPECT_EQ(StatusOf(waiting.id), ExecutionStatus::kRunning);
}

TEST_F(TasksTest, TokensThatNobodyGave) {
  EXPECT_EQ(ReasonOf(Complete("nonsense", Json(1))), "INVALID_TASK_TOKEN");
  const Waiting waiting = SubmitWaiting();
  engine::Execution other;
  other.id = waiting.id;
  engine::Branch branch;
  branch.visit = 1;
  branch.attempt = 1;
  EXPECT_EQ(ReasonOf(Complete(engine::TaskTokenOf(other, branch), Json(1))), "INVALID_TASK_TOKEN");
  branch.id = BranchId(99);
  EXPECT_EQ(ReasonOf(Complete(engine::TaskTokenOf(other, branch), Json(1))), "INVALID_TASK_TOKEN");
  other.id = ExecutionId("unknown");
  EXPECT_EQ(ReasonOf(Heartbeat(engine::TaskTokenOf(other, branch))), "TASK_NOT_FOUND");
}

TEST_F(TasksTest, HeartbeatsKeepATaskAlive) {
  const Waiting waiting = SubmitWaiting();
  Advance(absl::Seconds(80));
  EXPECT_TRUE(Heartbeat(waiting.token).ok());
  Advance(absl::Seconds(80));
  EXPECT_EQ(StatusOf(waiting.id), ExecutionStatus::kRunning);
  Advance(absl::Seconds(30));
  EXPECT_EQ(Get(waiting.id).execution.error->name, "States.HeartbeatTimeout");
  EXPECT_EQ(ReasonOf(Heartbeat(waiting.token)), "TASK_GONE");
}

constexpr char kParent[] =
    R"({"StartAt":"S","States":{"S":{"Type":"Task","End":true,
        "Resource":"arn:aws:states:::states:startExecution.sync:2",
        "Parameters":{"StateMachineArn":"arn:aws:states:us-east-1:000000000000:stateMachine:child",
                      "Input.$":"$"}}}})";

TEST_F(TasksTest, AnExecutionWaitsForTheOneItStarted) {
  Store("child", kTask);
  const auto parent = Submit(Inline(kParent));
  ASSERT_TRUE(parent.ok()) << parent.status();
  executor_->RunUntilIdle();
  ASSERT_EQ(runner_->started.size(), 1u);
  // The child is found again, not started twice.
  StopAndRestart();
  executor_->RunUntilIdle();
  ASSERT_EQ(runner_->started.size(), 1u);
  runner_->Succeed(0, Json("made"));
  executor_->RunUntilIdle();
  const ExecutionView view = Get(parent->view.execution.id);
  ASSERT_EQ(view.execution.status, ExecutionStatus::kSucceeded);
  EXPECT_EQ(*view.execution.output.Find("Output"), Json("made"));
}

TEST_F(TasksTest, AChildThatCannotBeReadFailsItsParent) {
  Store("child", kTask);
  const auto parent = Submit(Inline(kParent));
  executor_->RunUntilIdle();
  store_.corrupt = ExecutionId(runner_->started.at(0).request.execution_id);
  StopAndRestart();
  Advance(absl::Seconds(1));
  EXPECT_EQ(Get(parent->view.execution.id).execution.error->name, "States.TaskFailed");
}

constexpr char kStarter[] =
    R"({"StartAt":"S","States":{"S":{"Type":"Task","End":true,"TimeoutSeconds":10,
        "Resource":"arn:aws:states:::states:startExecution",
        "Parameters":{"StateMachineArn":
            "arn:aws:states:us-east-1:000000000000:stateMachine:child"}}}})";

TEST_F(TasksTest, AStartThatIsNotPossibleTimesOut) {
  Store("child", kTask);
  store_.unreadable = true;
  const auto parent = Submit(Inline(kStarter));
  Advance(absl::Seconds(11));
  store_.unreadable = false;
  EXPECT_EQ(Get(parent->view.execution.id).execution.error->name, "States.Timeout");
  Advance(absl::Seconds(1));
  EXPECT_TRUE(runner_->started.empty());
}

TEST_F(TasksTest, NothingIsStartedForAnExecutionThatWasCancelled) {
  Store("child", kTask);
  for (const char* definition : {kStarter, kParent}) {
    store_.unreadable = true;
    const auto parent = Submit(Inline(definition));
    ASSERT_TRUE(parent.ok());
    executor_->RunUntilIdle();
    EXPECT_TRUE(
        executor_->Wait(scheduler_->Cancel(parent->view.execution.id, engine::Cancelled())).ok());
    store_.unreadable = false;
    Advance(absl::Seconds(1));
    EXPECT_TRUE(runner_->started.empty()) << definition;
  }
}

TEST_F(TasksTest, AnExpressChildHasFiveMinutes) {
  StateMachineSettings express;
  express.type = language::WorkflowType::kExpress;
  const auto put = executor_->Wait(scheduler_->catalog().Put({.name = "child",
                                                              .definition = kTask,
                                                              .mode = PutWorkflow::Mode::kCreate,
                                                              .settings = express}));
  ASSERT_TRUE(put.ok()) << put.status();
  const auto parent = Submit(Inline(kParent));
  Advance(absl::Seconds(299));
  EXPECT_EQ(StatusOf(parent->view.execution.id), ExecutionStatus::kRunning);
  Advance(absl::Seconds(2));
  EXPECT_EQ(Get(parent->view.execution.id).execution.error->name, "States.TaskFailed");
}

// Nothing else happens that would end a turn.
TEST_F(TasksTest, AnExpressExecutionGoesOnWhereItsStartsFailAtOnce) {
  SubmitRequest request = Inline(R"({"StartAt":"A","States":{
      "A":{"Type":"Task","Resource":"arn:aws:states:::states:startExecution",
           "Parameters":{"StateMachineArn":"none"},
           "Catch":[{"ErrorEquals":["States.ALL"],"Next":"B"}],"End":true},
      "B":{"Type":"Task","Resource":"arn:aws:states:::states:startExecution",
           "Parameters":{"StateMachineArn":"none"},"End":true}}})");
  request.type = engine::ExecutionType::kExpress;
  const auto submitted = Submit(std::move(request));
  ASSERT_TRUE(submitted.ok()) << submitted.status();
  executor_->RunUntilIdle();
  const ExecutionView view = Get(submitted->view.execution.id);
  EXPECT_EQ(view.execution.status, ExecutionStatus::kFailed);
}

TEST_F(TasksTest, AStartNamesAPublishedVersionOrAnAlias) {
  Store("child", kPass);
  const absl::Time made = (*scheduler_->catalog().Get("child", 0))->create_time;
  const auto publish = [this, made](std::vector<Publication::Route> routes) {
    auto edit = [&](const Publication*) -> absl::StatusOr<std::optional<Publication>> {
      Publication published;
      published.workflow_create_time = absl::FromUnixMicros(absl::ToUnixMicros(made));
      published.versions = {{.number = 1, .workflow_version = 1}};
      published.aliases = {{.name = "live", .routes = routes}};
      return published;
    };
    ASSERT_TRUE(executor_->Wait(scheduler_->publications().Change("child", edit)).ok());
  };
  publish({{.version = 1, .weight = 100}});
  const struct {
    std::string qualifier;
    int64_t version;
    std::string alias;
  } rows[] = {{"", 0, ""}, {":1", 1, ""}, {":live", 1, "live"}, {":2", -1, ""}, {":dead", -1, ""}};
  for (const auto& row : rows) {
    SCOPED_TRACE(row.qualifier);
    std::string definition = kParent;
    definition.insert(definition.find(":child") + 6, row.qualifier);
    const auto parent = Submit(Inline(definition));
    ASSERT_TRUE(parent.ok()) << parent.status();
    executor_->RunUntilIdle();
    const ExecutionView view = Get(parent->view.execution.id);
    if (row.version < 0) {
      EXPECT_EQ(view.execution.error->name, "StepFunctions.StateMachineDoesNotExistException");
      continue;
    }
    ASSERT_EQ(view.execution.status, ExecutionStatus::kSucceeded) << view.execution.error->cause;
    const std::optional<Arn> child = ParseArn(*view.execution.output.FindString("ExecutionArn"));
    const ExecutionView started = Get(IdOfNamed({child->workflow, child->name}));
    EXPECT_EQ(started.execution.names.published_version, row.version);
    EXPECT_EQ(started.execution.names.alias, row.alias);
  }
}

TEST_F(TasksTest, ACancelReachesTheChild) {
  Store("child", kTask);
  const auto parent = Submit(Inline(kParent));
  executor_->RunUntilIdle();
  EXPECT_TRUE(
      executor_->Wait(scheduler_->Cancel(parent->view.execution.id, engine::Cancelled())).ok());
  executor_->RunUntilIdle();
  EXPECT_TRUE(runner_->started.at(0).cancelled);
}

// No Stop before: as a crash.
TEST_F(TasksTest, WhatWaitsIsFoundAgainAfterACrash) {
  Store("child", kTask);
  const auto parent = Submit(Inline(kParent));
  ASSERT_TRUE(parent.ok()) << parent.status();
  executor_->RunUntilIdle();
  Restart();
  executor_->RunUntilIdle();
  ASSERT_EQ(runner_->started.size(), 1u);
  runner_->Succeed(0, Json("made"));
  executor_->RunUntilIdle();
  EXPECT_EQ(StatusOf(parent->view.execution.id), ExecutionStatus::kSucceeded);
}

// The child's start has no clear answer, so two calls are under way after the reset; what the older
// one brings is not the result.
TEST_F(TasksTest, AnAnswerFromBeforeAResetIsNotTheResult) {
  Store("child", kTask);
  const auto parent = Submit(Inline(kParent));
  ASSERT_TRUE(parent.ok()) << parent.status();
  store_.next = FailingStore::Failure::kAfter;
  executor_->RunUntilIdle();
  Advance(absl::Seconds(5));
  EXPECT_EQ(StatusOf(parent->view.execution.id), ExecutionStatus::kRunning);
  ASSERT_FALSE(runner_->started.empty());
  runner_->Succeed(runner_->started.size() - 1, Json("made"));
  executor_->RunUntilIdle();
  EXPECT_EQ(*Get(parent->view.execution.id).execution.output.Find("Output"), Json("made"));
}

// Whoever waits for an execution must not keep it out.
TEST_F(TasksTest, AChildIsAdmittedWhereThereIsNoRoomForOthers) {
  options_.max_in_memory = 1;
  Restart();
  Store("child", kPass);
  const auto parent = Submit(Inline(kParent));
  ASSERT_TRUE(parent.ok()) << parent.status();
  executor_->RunUntilIdle();
  EXPECT_EQ(StatusOf(parent->view.execution.id), ExecutionStatus::kSucceeded);
}

SubmitRequest With(SubmitRequest request, std::string input) {
  request.input = std::move(input);
  return request;
}

// A workflow that sends what its input holds.
std::string Sender(const std::string& method) {
  return R"({"StartAt":"S","States":{"S":{"Type":"Task","End":true,
             "Resource":"arn:aws:states:::aws-sdk:sfn:)" +
         method + R"(","Parameters":{"TaskToken.$":"$.token","Output.$":"$.output"}}}})";
}

TEST_F(TasksTest, ATaskCompletesAnotherByItsToken) {
  const Waiting waiting = SubmitWaiting();
  const std::string input = Json::Of({{"token", waiting.token}, {"output", "[1]"}}).Dump();
  const auto first = Submit(With(Inline(Sender("sendTaskSuccess")), input));
  ASSERT_TRUE(first.ok()) << first.status();
  executor_->RunUntilIdle();
  EXPECT_EQ(StatusOf(first->view.execution.id), ExecutionStatus::kSucceeded);
  EXPECT_EQ(Get(waiting.id).execution.output, Json::List({1}));

  const struct {
    std::string method;
    Json input;
    std::string error;
  } rows[] = {
      {"sendTaskSuccess", Json::Of({{"token", waiting.token}, {"output", "1"}}),
       "Sfn.TaskTimedOutException"},
      {"sendTaskHeartbeat", Json::Of({{"token", waiting.token}, {"output", "1"}}),
       "Sfn.TaskTimedOutException"},
      {"sendTaskFailure", Json::Of({{"token", "none"}, {"output", "1"}}),
       "Sfn.InvalidTokenException"},
      {"sendTaskSuccess", Json::Of({{"token", "none"}, {"output", "no JSON"}}),
       "Sfn.InvalidTokenException"},
      {"sendTaskSuccess", Json::Of({{"token", waiting.token}, {"output", "no JSON"}}),
       "Sfn.InvalidOutputException"},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(row.method + row.input.Dump());
    const auto sent = Submit(With(Inline(Sender(row.method)), row.input.Dump()));
    ASSERT_TRUE(sent.ok()) << sent.status();
    executor_->RunUntilIdle();
    EXPECT_EQ(Get(sent->view.execution.id).execution.error->name, row.error);
  }
}

TEST_F(TasksTest, AResultThatWasSentIsSentOnceWhateverCrashes) {
  for (const auto failure : {FailingStore::Failure::kBefore, FailingStore::Failure::kAfter}) {
    for (const int commit : {1, 2}) {  // after the sender's start: the result, then what came of it
      SCOPED_TRACE(commit);
      const Waiting waiting = SubmitWaiting();
      const std::string input = Json::Of({{"token", waiting.token}, {"output", "[1]"}}).Dump();
      store_.fail_after = commit;
      store_.next = failure;
      const auto sent = Submit(With(Inline(Sender("sendTaskSuccess")), input));
      ASSERT_TRUE(sent.ok()) << sent.status();
      Advance(absl::Seconds(1));
      EXPECT_EQ(store_.next, FailingStore::Failure::kNone);
      EXPECT_EQ(StatusOf(sent->view.execution.id), ExecutionStatus::kSucceeded);
      EXPECT_EQ(Get(waiting.id).execution.output, Json::List({1}));
    }
  }
}

constexpr char kOnActivity[] =
    R"({"StartAt":"T","States":{"T":{"Type":"Task","End":true,
        "Resource":"arn:aws:states:us-east-1:000000000000:activity:paint"}}})";

TEST_F(TasksTest, ATaskOnAnActivityWantsTheActivityToExist) {
  const auto before = Submit(Inline(kOnActivity));
  ASSERT_TRUE(before.ok()) << before.status();
  executor_->RunUntilIdle();
  EXPECT_EQ(Get(before->view.execution.id).execution.error->name, "States.Runtime");
  auto create = [](const Activity*) -> absl::StatusOr<std::optional<Activity>> {
    return Activity();
  };
  ASSERT_TRUE(executor_->Wait(scheduler_->activities().Change("paint", create)).ok());
  // Known after a restart as well, and to what is redriven.
  Restart();
  ASSERT_TRUE(executor_->Wait(scheduler_->Redrive(before->view.execution.id, "")).ok());
  executor_->RunUntilIdle();
  EXPECT_EQ(runner_->started.size(), 1u);
}

std::string Distributed(const std::string& processor, const std::string& fields = "") {
  return R"({"StartAt":"M","States":{"M":{"Type":"Map","End":true)" + fields +
         R"(,"ItemProcessor":{"ProcessorConfig":{"Mode":"DISTRIBUTED","ExecutionType":"STANDARD"},)" +
         processor.substr(1) + "}}}";
}

TEST_F(TasksTest, AMapRunGathersTheResultsOfItsChildren) {
  const auto submitted = Submit(With(Inline(Distributed(kPass)), "[1,2,3]"));
  ASSERT_TRUE(submitted.ok()) << submitted.status();
  executor_->RunUntilIdle();
  const ExecutionId id = submitted->view.execution.id;
  EXPECT_EQ(Get(id).execution.output, Json::List({1, 2, 3}));
  const auto runs = executor_->Wait(scheduler_->ListMapRuns(id));
  ASSERT_TRUE(runs.ok()) << runs.status();
  ASSERT_EQ(runs->size(), 1u);
  EXPECT_EQ(runs->front().status, MapRunStatus::kSucceeded);
  EXPECT_EQ(runs->front().items.succeeded, 3);
  ListFilter children;
  children.map_run = runs->front().id();
  const auto listed = executor_->Wait(scheduler_->List(children, std::nullopt, 10));
  ASSERT_TRUE(listed.ok());
  EXPECT_EQ(listed->executions.size(), 3u);
}

TEST_F(TasksTest, AMapRunKeepsToItsConcurrencyAndGoesOnAfterAStop) {
  const auto submitted =
      Submit(With(Inline(Distributed(kTask, R"(,"MaxConcurrency":2)")), "[1,2,3]"));
  executor_->RunUntilIdle();
  ASSERT_EQ(runner_->started.size(), 2u);
  runner_->Succeed(0, Json("a"));
  executor_->RunUntilIdle();
  ASSERT_EQ(runner_->started.size(), 3u);
  StopAndRestart();
  executor_->RunUntilIdle();
  ASSERT_EQ(runner_->started.size(), 2u);
  for (size_t index : {0, 1}) runner_->Succeed(index, runner_->started[index].request.arguments);
  executor_->RunUntilIdle();
  EXPECT_EQ(Get(submitted->view.execution.id).execution.output, Json::List({"a", 2, 3}));
}

TEST_F(TasksTest, AMapRunOverAnObjectKnowsKeysAndWhereItemsComeFrom) {
  const std::string processor =
      R"("ItemProcessor":{"ProcessorConfig":{"Mode":"DISTRIBUTED","ExecutionType":"STANDARD"},)" +
      std::string(kPass).substr(1);
  const std::string start = R"({"StartAt":"M","QueryLanguage":"JSONata","States":{"M":{"Type":"Map",
      "End":true,"Items":"{% $states.input %}",)";
  const std::string selector = R"("ItemSelector":{"i":"{% $states.context.Map.Item.Index %}",
      "k":"{% $states.context.Map.Item.Key %}","v":"{% $states.context.Map.Item.Value %}",
      "s":"{% $states.context.Map.Item.Source %}"},)";
  const struct {
    std::string definition;
    const char* output;
  } rows[] = {
      {start + processor + "}}}", R"([{"Key":"a","Value":1},{"Key":"b","Value":[2]}])"},
      {start + selector + processor + "}}}", R"([{"i":0,"k":"a","v":1,"s":"STATE_DATA"},
                                                 {"i":1,"k":"b","v":[2],"s":"STATE_DATA"}])"},
  };
  for (const auto& row : rows) {
    const auto submitted = Submit(With(Inline(row.definition), R"({"a":1,"b":[2]})"));
    ASSERT_TRUE(submitted.ok()) << submitted.status();
    executor_->RunUntilIdle();
    EXPECT_EQ(Get(submitted->view.execution.id).execution.output, Json::Parse(row.output).value());
  }
}

TEST_F(TasksTest, AMapRunIsFoundAgainAfterACrash) {
  const auto submitted =
      Submit(With(Inline(Distributed(kTask, R"(,"MaxConcurrency":2)")), "[1,2,3]"));
  executor_->RunUntilIdle();
  Restart();
  executor_->RunUntilIdle();
  ASSERT_EQ(runner_->started.size(), 2u);
  runner_->Succeed(0, Json("a"));
  executor_->RunUntilIdle();
  Restart();
  executor_->RunUntilIdle();
  ASSERT_EQ(runner_->started.size(), 2u);
  for (size_t index : {0, 1}) runner_->Succeed(index, Json("b"));
  executor_->RunUntilIdle();
  EXPECT_EQ(Get(submitted->view.execution.id).execution.output, Json::List({"a", "b", "b"}));
}

TEST_F(TasksTest, ACancelEndsAMapRunAndItsChildren) {
  const auto submitted = Submit(With(Inline(Distributed(kTask)), "[1,2]"));
  executor_->RunUntilIdle();
  const ExecutionId id = submitted->view.execution.id;
  EXPECT_TRUE(executor_->Wait(scheduler_->Cancel(id, engine::Cancelled())).ok());
  executor_->RunUntilIdle();
  for (const auto& started : runner_->started) EXPECT_TRUE(started.cancelled);
  const auto runs = executor_->Wait(scheduler_->ListMapRuns(id));
  EXPECT_EQ(runs->front().status, MapRunStatus::kAborted);
  EXPECT_EQ(runs->front().items.aborted, 2);
}

// The cancel comes while the commit is under way that begins the run.
TEST_F(TasksTest, ARunThatIsCancelledBeforeItBeginsNeverBegins) {
  SubmitRequest request = With(Inline(Distributed(kTask)), "[1]");
  request.execution_id = "run";
  Begin(scheduler_->Submit(std::move(request)));
  Begin(scheduler_->Cancel(ExecutionId("run"), engine::Cancelled()));
  executor_->RunUntilIdle();
  EXPECT_EQ(StatusOf(ExecutionId("run")), ExecutionStatus::kCancelled);
  EXPECT_TRUE(runner_->started.empty());
}

TEST_F(TasksTest, AMapRunCanBeChangedWhileItRuns) {
  const auto submitted =
      Submit(With(Inline(Distributed(kTask, R"(,"MaxConcurrency":1)")), "[1,2,3]"));
  executor_->RunUntilIdle();
  const auto runs = executor_->Wait(scheduler_->ListMapRuns(submitted->view.execution.id));
  ASSERT_EQ(runs->size(), 1u);
  const auto changed =
      executor_->Wait(scheduler_->UpdateMapRun(runs->front().uuid, {.max_concurrency = 3}));
  ASSERT_TRUE(changed.ok()) << changed.status();
  executor_->RunUntilIdle();
  EXPECT_EQ(runner_->started.size(), 3u);
  EXPECT_EQ(ReasonOf(executor_->Wait(scheduler_->GetMapRun("no-such-run")).status()),
            "MAP_RUN_NOT_FOUND");
  for (size_t index : {0, 1, 2}) runner_->Succeed(index, Json(1));
  executor_->RunUntilIdle();
  EXPECT_EQ(executor_->Wait(scheduler_->GetMapRun(runs->front().uuid))->status,
            MapRunStatus::kSucceeded);
}

std::string TypesOf(const std::vector<engine::HistoryEvent>& events) {
  std::string types;
  for (const engine::HistoryEvent& event : events) {
    types += std::string(types.empty() ? "" : " ") + HistoryEventTypeName(event.type);
  }
  return types;
}

TEST_F(TasksTest, AStartCostsNoCommitUnlessTheCallTakesLong) {
  constexpr char kScheduled[] = "ExecutionStarted TaskStateEntered TaskScheduled";
  const auto submitted = Submit(Inline(kTask));
  const ExecutionId id = submitted->view.execution.id;
  const auto history = [&] { return TypesOf(*executor_->Wait(scheduler_->History({.id = id}))); };
  const int commits = store_.commits;
  runner_->Send(0);
  executor_->RunUntilIdle();
  EXPECT_EQ(history(), kScheduled);
  Advance(absl::Milliseconds(900));
  EXPECT_EQ(store_.commits, commits);
  Advance(absl::Milliseconds(200));
  EXPECT_EQ(history(), std::string(kScheduled) + " TaskStarted");
  EXPECT_EQ(store_.commits, commits + 1);
  // The attempt goes out again after a crash; it has started once.
  Restart();
  runner_->Send(0);
  runner_->Succeed(0, Json(1));
  executor_->RunUntilIdle();
  EXPECT_EQ(history(), std::string(kScheduled) +
                           " TaskStarted TaskSucceeded TaskStateExited ExecutionSucceeded");
}

// Never answers a read until it is cancelled.
class SilentStore final : public services::ObjectStore {
 public:
  async::Task<absl::StatusOr<std::string>> Get(services::ObjectName, async::Executor&,
                                               async::CancelToken cancel) override {
    ++reads;
    async::OneShot<bool> cancelled;
    cancel.OnCancel([&cancelled] { cancelled.Set(true); });
    co_await cancelled;
    co_return absl::CancelledError();
  }
  async::Task<absl::StatusOr<services::ObjectPage>> List(ListRequest, async::Executor&,
                                                         async::CancelToken) override {
    co_return absl::UnimplementedError("List");
  }
  async::Task<absl::Status> Put(services::ObjectName, std::string, async::Executor&,
                                async::CancelToken) override {
    co_return absl::UnimplementedError("Put");
  }
  int reads = 0;
};

TEST_F(TasksTest, AStopDoesNotWaitForTheObjectsOfAMapRun) {
  SilentStore objects;
  objects_ = &objects;
  Restart();
  const auto submitted =
      Submit(Inline(Distributed(kPass, R"(,"ItemReader":{"Resource":"arn:aws:states:::s3:getObject",
                 "Parameters":{"Bucket":"b","Key":"k"}})")));
  ASSERT_TRUE(submitted.ok()) << submitted.status();
  executor_->RunUntilIdle();
  EXPECT_EQ(objects.reads, 1);
  StopAndRestart();
  executor_->RunUntilIdle();
  EXPECT_EQ(objects.reads, 2);
  EXPECT_EQ(StatusOf(submitted->view.execution.id), ExecutionStatus::kRunning);
  Stop();
}

}  // namespace
}  // namespace segue::scheduler
