#include "server/language/workflow.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "server/language/parse.h"

// What a definition compiles to.

namespace segue::language {
namespace {

using ::testing::ElementsAre;

WorkflowPtr Parse(std::string_view text, const ParseOptions& options = {}) {
  ParseResult result = ParseWorkflow(text, options);
  for (const Fault& fault : result.faults) {
    ADD_FAILURE() << fault.position.pointer << ": " << fault.message;
  }
  return result.workflow;
}

const State& Named(const Workflow& workflow, std::string_view name) {
  for (const State& state : workflow.states) {
    if (state.name == name) return state;
  }
  ADD_FAILURE() << "no state " << name;
  return workflow.states.at(0);
}

Json Value(const ExpressionPtr& expression, const Json& input = Json()) {
  if (expression == nullptr) {
    ADD_FAILURE() << "no expression";
    return {};
  }
  Random random(1);
  Allowance allowance;
  const auto context = [] { return Json(); };
  const Variables variables(std::vector<Json::Member>{{"v", 7}});
  const Outcome<Json> value = expression->Evaluate(Scope{.input = input,
                                                         .context = context,
                                                         .variables = variables,
                                                         .now = absl::UnixEpoch(),
                                                         .random = random,
                                                         .allowance = allowance});
  if (value.ok()) return *value;
  ADD_FAILURE() << value.error().cause;
  return {};
}

// Each field alone may be had, all of them not.
TEST(Workflow, JsonataFieldsOfAStateShareOneAllowance) {
  for (const int fields : {1, 1000}) {
    std::string output;
    for (int i = 0; i < fields; ++i) {
      absl::StrAppend(&output, i == 0 ? "" : ",", "\"", i, "\": \"{% $sum([1..1000]) %}\"");
    }
    const WorkflowPtr workflow =
        Parse(absl::StrCat(R"({"QueryLanguage": "JSONata", "StartAt": "A", "States": {"A": {)",
                           R"("Type": "Pass", "End": true, "Output": {)", output, "}}}}"));
    const Json input;
    Random random(1);
    Allowance allowance(int64_t{1} << 20);
    const auto context = [] { return Json(); };
    const Outcome<Json> value = workflow->state(0).output->Evaluate(Scope{.input = input,
                                                                          .context = context,
                                                                          .variables = {},
                                                                          .now = absl::UnixEpoch(),
                                                                          .random = random,
                                                                          .allowance = allowance});
    ASSERT_EQ(value.ok(), fields == 1);
    if (!value.ok()) EXPECT_EQ(value.error().name, "States.QueryEvaluationError");
  }
}

TEST(Workflow, HoldsTheTopLevel) {
  const WorkflowPtr workflow = Parse(R"({"Comment": "c", "Version": "1.0", "TimeoutSeconds": 60,
    "StartAt": "B", "States": {"A": {"Type": "Succeed"}, "B": {"Type": "Pass", "Next": "A"}}})");
  EXPECT_EQ(workflow->comment, "c");
  EXPECT_EQ(workflow->timeout, absl::Seconds(60));
  EXPECT_EQ(workflow->start, 1);
  EXPECT_EQ(workflow->state(1).name, "B");
  EXPECT_EQ(workflow->state(1).next, 0);
  EXPECT_EQ(workflow->state(0).next, kEnd);
  EXPECT_EQ(workflow->state(1).position.pointer, "/States/B");
  EXPECT_EQ(workflow->state(1).position.line, 2);
  EXPECT_EQ(StateTypeName(workflow->state(1).type), "Pass");
}

TEST(Workflow, ReadsYamlAsJson) {
  const WorkflowPtr workflow = Parse(R"(
StartAt: Wait
States:
  Wait: {Type: Wait, Seconds: 10, Next: Done}
  Done:
    Type: Succeed
)");
  EXPECT_EQ(Value(std::get<WaitState>(Named(*workflow, "Wait").detail).seconds), Json(10));
}

TEST(Workflow, HoldsATask) {
  const WorkflowPtr workflow = Parse(R"({"StartAt": "T", "States": {"F": {"Type": "Fail"}, "T": {
    "Type": "Task", "Resource": "grpc:inventory/shop.Inventory/Reserve", "End": true,
    "InputPath": "$.order", "Parameters": {"id.$": "$.id", "fixed": true},
    "ResultSelector": {"r.$": "$.reservation"}, "ResultPath": "$.out[0].x", "OutputPath": null,
    "TimeoutSeconds": 30, "HeartbeatSecondsPath": "$.beat",
    "Assign": {"a": {"n.$": "$.id"}, "b.$": "$.id"},
    "Retry": [{"ErrorEquals": ["Grpc.Unavailable", "X"], "IntervalSeconds": 2, "MaxAttempts": 0,
      "BackoffRate": 1, "MaxDelaySeconds": 9, "JitterStrategy": "FULL"}, {"ErrorEquals": ["States.ALL"]}],
    "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "F", "ResultPath": null, "Assign": {"e.$": "$.Cause"}}]
    }}})");
  const State& task = Named(*workflow, "T");
  const Json input = *Json::Parse(R"({"id": 5, "beat": 3, "order": {"id": 6}, "Cause": "c"})");
  EXPECT_EQ(Value(task.input_path, input), Json::Of({{"id", 6}}));
  EXPECT_EQ(Value(task.parameters, input), Json::Of({{"id", 5}, {"fixed", Json::Bool(true)}}));
  EXPECT_NE(task.result_selector, nullptr);
  EXPECT_EQ(task.result_path.kind, ResultTarget::Kind::kPath);
  EXPECT_EQ(task.result_path.path.steps().size(), 3u);
  EXPECT_EQ(Value(task.output_path), Json(Json::Object()));
  ASSERT_EQ(task.assign.size(), 2u);
  EXPECT_EQ(task.assign[0].first, "a");
  EXPECT_EQ(Value(task.assign[0].second, input), Json::Of({{"n", 5}}));
  EXPECT_EQ(task.assign[1].first, "b");
  EXPECT_EQ(Value(task.assign[1].second, input), Json(5));

  const auto& detail = std::get<TaskState>(task.detail);
  EXPECT_EQ(detail.resource.service, "inventory");
  EXPECT_EQ(detail.resource.method, "shop.Inventory/Reserve");
  EXPECT_EQ(detail.resource_position.pointer, "/States/T/Resource");
  EXPECT_EQ(Value(detail.timeout_seconds), Json(30));
  EXPECT_EQ(Value(detail.heartbeat_seconds, input), Json(3));

  ASSERT_EQ(task.retry.size(), 2u);
  EXPECT_THAT(task.retry[0].error_equals, ElementsAre("Grpc.Unavailable", "X"));
  EXPECT_EQ(task.retry[0].interval, absl::Seconds(2));
  EXPECT_EQ(task.retry[0].max_attempts, 0);
  EXPECT_EQ(task.retry[0].backoff_rate, 1.0);
  EXPECT_EQ(task.retry[0].max_delay, absl::Seconds(9));
  EXPECT_EQ(task.retry[0].jitter, Retrier::Jitter::kFull);
  EXPECT_EQ(task.retry[1].interval, absl::Seconds(1));
  EXPECT_EQ(task.retry[1].max_attempts, 3);
  EXPECT_EQ(task.retry[1].backoff_rate, 2.0);
  EXPECT_EQ(task.retry[1].max_delay, std::nullopt);
  ASSERT_EQ(task.catchers.size(), 1u);
  EXPECT_EQ(workflow->state(task.catchers[0].next).name, "F");
  EXPECT_EQ(task.catchers[0].result_path.kind, ResultTarget::Kind::kDiscard);
  EXPECT_EQ(Value(task.catchers[0].assign.at(0).second, input), Json("c"));
}

TEST(Workflow, HoldsNestedBlocks) {
  const WorkflowPtr workflow =
      Parse(R"({"StartAt": "P", "States": {"P": {"Type": "Parallel", "End": true,
    "Branches": [
      {"StartAt": "A2", "States": {"A1": {"Type": "Pass", "End": true}, "A2": {"Type": "Pass", "Next": "A1"}}},
      {"StartAt": "B", "States": {"B": {"Type": "Map", "End": true, "ItemsPath": "$.list",
        "MaxConcurrencyPath": "$.n", "ToleratedFailurePercentage": 12.5, "Parameters": {"x.$": "$.y"},
        "Iterator": {"StartAt": "C", "States": {"C": {"Type": "Succeed"}}}}}}]}}})");
  const auto& parallel = std::get<ParallelState>(workflow->state(workflow->start).detail);
  ASSERT_EQ(parallel.branches.size(), 2u);
  EXPECT_EQ(workflow->state(parallel.branches[0]).name, "A2");
  EXPECT_EQ(workflow->state(workflow->state(parallel.branches[0]).next).name, "A1");
  const State& b = workflow->state(parallel.branches[1]);
  const auto& map = std::get<MapState>(b.detail);
  EXPECT_EQ(workflow->state(map.processor).name, "C");
  EXPECT_EQ(map.mode, MapState::Mode::kInline);
  const Json input = *Json::Parse(R"({"list": [1], "n": 4, "y": "z"})");
  EXPECT_EQ(Value(map.items, input), Json::List({1}));
  EXPECT_EQ(Value(map.max_concurrency, input), Json(4));
  EXPECT_EQ(Value(map.tolerated_failure_percentage), Json(12.5));
  EXPECT_EQ(map.tolerated_failure_count, nullptr);
  EXPECT_EQ(Value(map.item_selector, input), Json::Of({{"x", "z"}}));
  EXPECT_EQ(b.parameters, nullptr);
}

TEST(Workflow, HoldsADistributedMap) {
  const WorkflowPtr workflow =
      Parse(R"({"StartAt": "M", "States": {"M": {"Type": "Map", "End": true, "Label": "L",
    "ItemProcessor": {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "EXPRESS"},
      "StartAt": "C", "States": {"C": {"Type": "Succeed"}}},
    "ItemReader": {"Resource": "arn:aws:states:::s3:getObject", "Parameters": {"Bucket": "b"},
      "ReaderConfig": {"InputType": "CSV", "CSVHeaderLocation": "FIRST_ROW", "MaxItemsPath": "$.n"}},
    "ItemBatcher": {"MaxItemsPerBatch": 10, "BatchInput": {"k.$": "$.n"}},
    "ResultWriter": {"Resource": "arn:aws:states:::s3:putObject", "Parameters": {"Bucket": "b"},
      "WriterConfig": {"OutputType": "JSONL"}}}}})");
  const auto& map = std::get<MapState>(workflow->state(0).detail);
  const Json input = Json::Of({{"n", 3}});
  EXPECT_EQ(map.mode, MapState::Mode::kDistributed);
  EXPECT_EQ(map.execution_type, MapState::ExecutionType::kExpress);
  EXPECT_EQ(map.label, "L");
  EXPECT_EQ(map.item_reader->resource.method, "getObject");
  EXPECT_EQ(*map.item_reader->config.FindString("InputType"), "CSV");
  EXPECT_EQ(Value(map.item_reader->max_items, input), Json(3));
  EXPECT_EQ(Value(map.item_batcher->items_max), Json(10));
  EXPECT_EQ(Value(map.item_batcher->batch_input, input), Json::Of({{"k", 3}}));
  EXPECT_EQ(map.result_writer->resource->method, "putObject");
  EXPECT_EQ(*map.result_writer->config.FindString("OutputType"), "JSONL");
}

TEST(Workflow, HoldsTheOtherTypes) {
  const WorkflowPtr workflow = Parse(R"({"StartAt": "Choose", "States": {
    "Choose": {"Type": "Choice", "Default": "Until", "Choices": [
      {"Variable": "$.x", "IsNull": true, "Next": "Give", "Assign": {"y": 1}}]},
    "Give": {"Type": "Pass", "Result": {"a.$": "$.literal"}, "ResultPath": "$", "Next": "Until"},
    "Until": {"Type": "Wait", "TimestampPath": "$.t", "Next": "Bad"},
    "Bad": {"Type": "Fail", "Error": "E", "CausePath": "$.why"}}})");
  const auto& choice = std::get<ChoiceState>(Named(*workflow, "Choose").detail);
  EXPECT_EQ(workflow->state(*choice.otherwise).name, "Until");
  EXPECT_EQ(workflow->state(choice.rules.at(0).next).name, "Give");
  EXPECT_EQ(choice.rules[0].assign.at(0).first, "y");
  const State& pass = Named(*workflow, "Give");
  EXPECT_EQ(std::get<PassState>(pass.detail).result, Json::Of({{"a.$", "$.literal"}}));
  EXPECT_EQ(pass.result_path.kind, ResultTarget::Kind::kReplace);
  const Json input = *Json::Parse(R"({"t": "2016-03-14T01:59:00Z", "why": "because"})");
  const auto& wait = std::get<WaitState>(Named(*workflow, "Until").detail);
  EXPECT_EQ(wait.seconds, nullptr);
  EXPECT_EQ(Value(wait.timestamp, input), Json("2016-03-14T01:59:00Z"));
  const auto& fail = std::get<FailState>(Named(*workflow, "Bad").detail);
  EXPECT_EQ(Value(fail.error), Json("E"));
  EXPECT_EQ(Value(fail.cause, input), Json("because"));
}

TEST(Workflow, HoldsJsonataStates) {
  const WorkflowPtr workflow = Parse(R"({"QueryLanguage": "JSONata", "StartAt": "C", "States": {
    "C": {"Type": "Choice", "Default": "P", "Choices": [{"Condition": false, "Next": "P", "Output": 1}]},
    "P": {"Type": "Parallel", "Arguments": {"a": 1}, "Output": [2], "Assign": {"x": {"y": 3}}, "End": true,
      "Branches": [{"StartAt": "S", "States": {"S": {"Type": "Succeed", "Output": "done"}}}]}}})");
  const State& parallel = Named(*workflow, "P");
  EXPECT_EQ(parallel.query_language, QueryLanguage::kJsonata);
  EXPECT_EQ(Named(*workflow, "S").query_language, QueryLanguage::kJsonata);
  EXPECT_EQ(Value(parallel.arguments), Json::Of({{"a", 1}}));
  EXPECT_EQ(Value(parallel.output), Json::List({2}));
  EXPECT_EQ(Value(parallel.assign.at(0).second), Json::Of({{"y", 3}}));
  EXPECT_EQ(Value(std::get<ChoiceState>(Named(*workflow, "C").detail).rules.at(0).output), Json(1));
}

}  // namespace
}  // namespace segue::language
