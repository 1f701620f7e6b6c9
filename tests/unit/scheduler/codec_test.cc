#include "server/scheduler/codec.h"

#include <gtest/gtest.h>

#include "server/language/parse.h"

namespace segue::scheduler {
namespace {

constexpr char kDefinition[] = R"({"StartAt":"P","States":{
  "P":{"Type":"Parallel","Branches":[{"StartAt":"W","States":{
    "W":{"Type":"Wait","Seconds":5,"End":true}}}],"End":true}}})";

engine::Execution FullExecution() {
  engine::Execution execution;
  execution.id = ExecutionId("e1");
  execution.workflow = "w";
  execution.version = 3;
  execution.status = engine::ExecutionStatus::kRunning;
  execution.input_text = R"({ "a" : 1 })";
  execution.input = Json::Of({{"a", 1}});
  execution.error = WorkflowError{"E", "because"};
  execution.start_time = absl::FromUnixMicros(1'000'001);
  execution.deadline = absl::FromUnixMicros(9'000'009);
  execution.priority = 7;
  execution.labels = {{"team", "a"}};
  execution.trace_parent = "00-a-b-01";
  execution.request_id = "r";
  execution.request_fingerprint = 0xfedcba9876543210;
  execution.seed = 42;
  execution.next_branch = 2;
  execution.last_event = 9;
  execution.last_event_time = absl::FromUnixMicros(7'000'007);
  execution.run_redrive = 4;
  execution.redrive_count = 2;
  execution.redrive_time = absl::FromUnixMicros(6'000'006);
  execution.redrive_tokens = {{.token = "t", .time = absl::FromUnixMicros(6'000'006)}};
  execution.names = {.execution = "arn:e", .workflow = "arn:w", .role = "arn:r"};
  return execution;
}

engine::Branch FullBranch() {
  engine::Branch branch;
  branch.id = BranchId(1);
  branch.parent = BranchId(0);
  branch.index = 0;
  branch.item = engine::MapItem{.index = 4, .value = Json("item")};
  branch.phase = engine::BranchPhase::kWaiting;
  branch.visit = 2;
  branch.entered = absl::FromUnixMicros(2'000'002);
  branch.entered_event = 5;
  branch.input = Json::List({1, 2.5, "x", nullptr});
  branch.attempt = 3;
  branch.retries = {1, 0};
  branch.due = absl::FromUnixMicros(3'000'003);
  branch.arguments = Json::Of({{"k", "v"}});
  branch.timeout = absl::Milliseconds(1500);
  branch.heartbeat = absl::Seconds(2);
  branch.items = Json::List({1, 2, 3});
  branch.max_concurrency = 2;
  branch.tolerated_failures = 1;
  branch.variables.Set("v", Json(1));
  branch.output = Json("out");
  branch.error = WorkflowError{"B", "c"};
  branch.last_event = 8;
  branch.map_run = engine::MapRunOfBranch{.state_started_event = 6, .redrives = 3};
  return branch;
}

TEST(Codec, AnExecutionComesBackWhole) {
  const engine::Execution execution = FullExecution();
  const std::string record =
      EncodeExecution(execution, {.text = "{}", .format = language::Format::kJson});
  const auto decoded = DecodeExecution(execution.id, record);
  ASSERT_TRUE(decoded.ok()) << decoded.status();
  EXPECT_EQ(decoded->definition.text, "{}");
  EXPECT_EQ(decoded->execution.input_text, execution.input_text);
  EXPECT_EQ(decoded->execution.input, execution.input);
  EXPECT_EQ(decoded->execution.error, execution.error);
  EXPECT_EQ(decoded->execution.deadline, execution.deadline);
  EXPECT_EQ(decoded->execution.labels, execution.labels);
  EXPECT_EQ(decoded->execution.names.role, "arn:r");
  EXPECT_EQ(decoded->execution.redrive_time, execution.redrive_time);
  // What is written from it again is the same: no field is left behind.
  EXPECT_EQ(EncodeExecution(decoded->execution, decoded->definition), record);
}

TEST(Codec, ABranchComesBackWhole) {
  const auto parsed = language::ParseWorkflow(kDefinition);
  ASSERT_NE(parsed.workflow, nullptr);
  engine::Execution execution = FullExecution();
  engine::Branch root;
  root.phase = engine::BranchPhase::kJoining;
  root.state = parsed.workflow->start;
  engine::Branch child = FullBranch();
  for (size_t i = 0; i < parsed.workflow->states.size(); ++i) {
    if (parsed.workflow->states[i].name == "W") child.state = static_cast<int>(i);
  }
  const std::vector<std::pair<BranchId, std::string>> records{
      {BranchId(0), EncodeBranch(execution, root, *parsed.workflow)},
      {BranchId(1), EncodeBranch(execution, child, *parsed.workflow)}};
  // The execution's own record was written before these events came.
  engine::Execution loaded = FullExecution();
  loaded.last_event = 1;
  loaded.last_event_time = absl::FromUnixMicros(1);
  loaded.next_branch = 1;
  const absl::Status status = DecodeBranches(records, *parsed.workflow, loaded);
  ASSERT_TRUE(status.ok()) << status;
  EXPECT_EQ(loaded.last_event, 9);
  EXPECT_EQ(loaded.next_branch, 2u);
  EXPECT_EQ(loaded.last_event_time, execution.last_event_time);
  EXPECT_EQ(loaded.NextDue(), child.due);
  EXPECT_EQ(EncodeBranch(loaded, *loaded.Find(BranchId(1)), *parsed.workflow), records[1].second);
  EXPECT_EQ(loaded.Find(BranchId(0))->children_started, 1);
}

TEST(Codec, HistoryComesBackWhole) {
  engine::HistoryEvent event{.id = 5,
                             .previous_id = 4,
                             .time = absl::FromUnixMicros(77),
                             .type = engine::HistoryEventType::kTaskScheduled,
                             .branch = BranchId(2),
                             .name = "T",
                             .input = Json(1),
                             .error = "E",
                             .resource = "grpc:a/b/c",
                             .parameters = Json::Of({}),
                             .timeout_seconds = 3,
                             .index = 0,
                             .attempt = 2,
                             .idempotency_key = "k"};
  event.assigned = Json::Of({{"v", 1}});
  const std::string record = EncodeHistory({event});
  const auto decoded = DecodeHistory(ExecutionId("e"), {.first = 5, .count = 1, .record = record});
  ASSERT_TRUE(decoded.ok()) << decoded.status();
  ASSERT_EQ(decoded->size(), 1u);
  EXPECT_EQ(decoded->front().id, 5);
  EXPECT_EQ(decoded->front().type, event.type);
  EXPECT_EQ(EncodeHistory(*decoded), record);
}

TEST(Codec, ACorruptRecordIsDataLossThatNamesTheExecution) {
  const auto decoded = DecodeExecution(ExecutionId("e9"), "\xff\xff garbage");
  EXPECT_TRUE(absl::IsDataLoss(decoded.status()));
  EXPECT_NE(decoded.status().message().find("e9"), absl::string_view::npos);
  engine::Execution execution = FullExecution();
  const auto parsed = language::ParseWorkflow(kDefinition);
  engine::Branch orphan = FullBranch();
  orphan.state = parsed.workflow->start;
  const absl::Status status =
      DecodeBranches({{BranchId(1), EncodeBranch(execution, orphan, *parsed.workflow)}},
                     *parsed.workflow, execution);
  EXPECT_TRUE(absl::IsDataLoss(status)) << status;
}

}  // namespace
}  // namespace segue::scheduler
