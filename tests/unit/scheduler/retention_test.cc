#include <string>

#include "server/scheduler/map_run/map_run.h"
#include "tests/unit/scheduler/fixture.h"

namespace segue::scheduler {
namespace {

class RetentionTest : public SchedulerTest {
 protected:
  void TearDown() override { Stop(); }
  RetentionTest() {
    options_.retention = absl::Hours(10);
    Restart();
  }
  int64_t Documents(const std::string& collection) {
    const store::Store::DocumentQuery query{.collection = collection};
    return std::ssize(*executor_->Wait(store_.ReadDocuments(query, *executor_)));
  }
};

TEST_F(RetentionTest, ChildrenStayWhileTheirMapRunIsOpen) {
  SubmitRequest request = Inline(std::string(R"({"StartAt":"M","States":{"M":{"Type":"Map",
      "Label":"L","MaxConcurrency":1,"End":true,"ItemProcessor":{
        "ProcessorConfig":{"Mode":"DISTRIBUTED","ExecutionType":"STANDARD"},)") +
                                 std::string(kTask).substr(1) + "}}}");
  request.input = "[1,2]";
  const auto submitted = Submit(std::move(request));
  ASSERT_TRUE(submitted.ok()) << submitted.status();
  const ExecutionId id = submitted->view.execution.id;
  executor_->RunUntilIdle();
  const ExecutionId child(runner_->started.at(0).request.execution_id);
  runner_->Succeed(0, Json("a"));
  executor_->RunUntilIdle();
  Advance(absl::Hours(20));
  StopAndRestart();
  executor_->RunUntilIdle();
  ASSERT_EQ(runner_->started.size(), 1u);
  runner_->Succeed(0, Json("b"));
  executor_->RunUntilIdle();
  ASSERT_EQ(Get(id).execution.output, Json::List({"a", "b"}));

  // And all goes together.
  Advance(absl::Hours(9));
  EXPECT_EQ(StatusOf(child), engine::ExecutionStatus::kSucceeded);
  EXPECT_EQ(executor_->Wait(scheduler_->ListMapRuns(id))->size(), 1u);
  Advance(absl::Hours(2));
  for (const ExecutionId& gone : {id, child}) {
    EXPECT_TRUE(absl::IsNotFound(executor_->Wait(scheduler_->Get(gone, Detail::kBasic)).status()));
  }
  EXPECT_EQ(Documents(kMapRuns), 0);
  EXPECT_EQ(Documents(kMapRunsOfExecutions), 0);
}

// What stays is not in the way of what goes.
TEST_F(RetentionTest, OthersGoMeanwhile) {
  SubmitRequest request = Inline(std::string(R"({"StartAt":"M","States":{"M":{"Type":"Map",
      "Label":"L","End":true,"ItemProcessor":{
        "ProcessorConfig":{"Mode":"DISTRIBUTED","ExecutionType":"STANDARD"},)") +
                                 std::string(kTask).substr(1) + "}}}");
  constexpr size_t kChildren = 300;
  request.input = Json(Json::Array(kChildren, Json(1))).Dump();
  ASSERT_TRUE(Submit(std::move(request)).ok());
  executor_->RunUntilIdle();
  ASSERT_EQ(runner_->started.size(), kChildren);
  for (size_t index = 1; index < kChildren; ++index) runner_->Succeed(index, Json(1));
  executor_->RunUntilIdle();
  const auto other = Submit(Inline(kPass));
  ASSERT_TRUE(other.ok());
  Advance(absl::Hours(11));
  EXPECT_TRUE(absl::IsNotFound(
      executor_->Wait(scheduler_->Get(other->view.execution.id, Detail::kBasic)).status()));
}

}  // namespace
}  // namespace segue::scheduler
