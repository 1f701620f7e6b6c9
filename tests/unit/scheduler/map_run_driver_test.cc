#include "server/scheduler/map_run_driver.h"

#include <string>

#include "absl/strings/str_replace.h"
#include "tests/unit/scheduler/fixture.h"

namespace segue::scheduler {
namespace {

using engine::ExecutionStatus;

// A distributed Map whose children each do one task.
std::string Distributed(const std::string& fields) {
  return R"({"StartAt":"M","States":{"M":{"Type":"Map","Label":"L","End":true)" + fields +
         R"(,"ItemProcessor":{"ProcessorConfig":{"Mode":"DISTRIBUTED","ExecutionType":"STANDARD"},)" +
         std::string(kTask).substr(1) + "}}}";
}

// One object, whatever is asked for.
class OneObject final : public services::ObjectStore {
 public:
  std::string body;

  async::Task<absl::StatusOr<std::string>> Get(services::ObjectName, async::Executor&,
                                               async::CancelToken) override {
    co_return body;
  }
  async::Task<absl::StatusOr<services::ObjectPage>> List(ListRequest, async::Executor&,
                                                         async::CancelToken) override {
    co_return services::ObjectPage();
  }
  async::Task<absl::Status> Put(services::ObjectName, std::string, async::Executor&,
                                async::CancelToken) override {
    co_return absl::OkStatus();
  }
};

class MapRunDriverTest : public SchedulerTest {
 protected:
  void TearDown() override { Stop(); }

  // An execution whose Map Run is at work.
  ExecutionId Start(const std::string& fields, std::string items) {
    SubmitRequest request = Inline(Distributed(fields));
    request.input = std::move(items);
    const auto submitted = Submit(std::move(request));
    EXPECT_TRUE(submitted.ok()) << submitted.status();
    executor_->RunUntilIdle();
    return submitted->view.execution.id;
  }
  MapRun RunOf(const ExecutionId& id) {
    const auto runs = executor_->Wait(scheduler_->ListMapRuns(id));
    EXPECT_TRUE(runs.ok()) << runs.status();
    return runs->at(0);
  }
  // Goes on until one more batch is with the store; those after it wait.
  void RunToNextCommitAndHold() {
    const int before = store_.commits;
    ASSERT_TRUE(executor_->RunUntil([&] { return store_.commits > before; }));
    store_.held = true;
    executor_->RunUntilIdle();
  }
  template <typename T>
  void Begin(async::Task<T> task) {
    executor_->Post(
        [this, task = std::move(task)]() mutable { tasks_.Spawn(Drop(std::move(task))); });
  }

 private:
  template <typename T>
  static async::Task<void> Drop(async::Task<T> task) {
    T ignored = co_await std::move(task);
    static_cast<void>(ignored);
  }
  async::TaskGroup tasks_;
};

TEST_F(MapRunDriverTest, AStopDoesNotWaitForARunThatIsBeingAborted) {
  const ExecutionId id = Start("", "[1,2]");
  Begin(scheduler_->Cancel(id, engine::Cancelled()));
  RunToNextCommitAndHold();
  bool stopped = false;
  scheduler_->Stop(executor_->Now() + absl::Seconds(10), [&stopped] { stopped = true; });
  executor_->RunUntilIdle();
  store_.Release();
  Advance(absl::Seconds(20));
  EXPECT_TRUE(stopped);
}

TEST_F(MapRunDriverTest, ARunThatFailsFailsWhateverIsTolerated) {
  const ExecutionId id = Start(R"(,"MaxConcurrency":2)", "[1,2,3]");
  ASSERT_EQ(runner_->started.size(), 2u);
  const std::string uuid = RunOf(id).uuid;
  runner_->End(0, WorkflowError{"Sad", ""});
  RunToNextCommitAndHold();
  Begin(scheduler_->UpdateMapRun(uuid, {.tolerated_failure_count = 3}));
  executor_->RunUntilIdle();
  store_.Release();
  executor_->RunUntilIdle();
  EXPECT_EQ(RunOf(id).tolerance.count, 3);
  EXPECT_EQ(RunOf(id).status, MapRunStatus::kFailed);
  EXPECT_EQ(Get(id).execution.error->name, "States.ExceedToleratedFailureThreshold");
}

constexpr char kReader[] =
    R"(,"MaxConcurrency":1,"ItemReader":{"Resource":"arn:aws:states:::s3:getObject",
        "ReaderConfig":{"InputType":"JSON"},"Parameters":{"Bucket":"b","Key":"k"}})";

TEST_F(MapRunDriverTest, ItemsThatAreReadAgainMustBeTheSame) {
  const struct {
    std::string later;
    ExecutionStatus status;
  } rows[] = {{"[1, 2]", ExecutionStatus::kRunning},
              {"[2, 1]", ExecutionStatus::kFailed},
              {"[1, 2, 3]", ExecutionStatus::kFailed}};
  OneObject object;
  objects_ = &object;
  Restart();
  for (const auto& row : rows) {
    SCOPED_TRACE(row.later);
    object.body = "[1,2]";
    const ExecutionId id = Start(kReader, "null");
    object.body = row.later;
    StopAndRestart();
    executor_->RunUntilIdle();
    EXPECT_EQ(StatusOf(id), row.status);
    if (row.status != ExecutionStatus::kFailed) continue;
    EXPECT_EQ(Get(id).execution.error->name, "States.ItemReaderFailed");
    EXPECT_EQ(RunOf(id).status, MapRunStatus::kFailed);
  }
}

TEST_F(MapRunDriverTest, SettingsThatCannotBeReadAtOnceAreNotForgotten) {
  const ExecutionId id = Start(R"(,"MaxConcurrency":1)", "[1,2,3]");
  const std::string uuid = RunOf(id).uuid;
  ASSERT_TRUE(executor_->Wait(scheduler_->UpdateMapRun(uuid, {.max_concurrency = 3})).ok());
  store_.reads_to_fail = 1;
  StopAndRestart();
  Advance(absl::Seconds(1));
  EXPECT_EQ(store_.reads_to_fail, 0);
  EXPECT_EQ(RunOf(id).max_concurrency, 3);
}

TEST_F(MapRunDriverTest, AChildThatCannotBeReadFailsTheRun) {
  const ExecutionId id = Start("", "[1]");
  store_.corrupt = ExecutionId(runner_->started.at(0).request.execution_id);
  StopAndRestart();
  Advance(absl::Seconds(1));
  EXPECT_EQ(Get(id).execution.error->name, "States.TaskFailed");
  EXPECT_EQ(RunOf(id).status, MapRunStatus::kFailed);
}

TEST_F(MapRunDriverTest, ExpressChildrenHaveFiveMinutes) {
  SubmitRequest request = Inline(absl::StrReplaceAll(Distributed(""), {{"STANDARD", "EXPRESS"}}));
  request.input = "[1]";
  const auto submitted = Submit(std::move(request));
  ASSERT_TRUE(submitted.ok()) << submitted.status();
  const ExecutionId id = submitted->view.execution.id;
  Advance(absl::Seconds(299));
  EXPECT_EQ(StatusOf(id), ExecutionStatus::kRunning);
  Advance(absl::Seconds(2));
  EXPECT_EQ(RunOf(id).items.timed_out, 1);
}

}  // namespace
}  // namespace segue::scheduler
