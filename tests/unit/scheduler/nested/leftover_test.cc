#include "server/scheduler/nested/leftover.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "server/engine/apply.h"
#include "server/scheduler/catalog/arn.h"
#include "tests/support/engine_driver.h"

namespace segue::scheduler {
namespace {

constexpr char kMachine[] = "arn:aws:states:us-east-1:000000000000:stateMachine:child";

std::string TaskOn(const std::string& resource, const std::string& parameters) {
  return R"({"StartAt":"T","States":{"T":{"Type":"Task","End":true,"Resource":")" + resource +
         R"(","Parameters":)" + parameters + "}}}";
}

std::string Distributed(const std::string& fields) {
  return R"({"StartAt":"M","States":{"M":{"Type":"Map","Label":"L","End":true)" + fields +
         R"(,"ItemProcessor":{"ProcessorConfig":{"Mode":"DISTRIBUTED","ExecutionType":"STANDARD"},
            "StartAt":"P","States":{"P":{"Type":"Pass","End":true}}}}}})";
}

const std::string kStart = std::string(R"({"Name":"n","StateMachineArn":")") + kMachine + "\"}";
const engine::Event kCancelled = engine::Cancelled();
const engine::Event kStartFails =
    engine::AttemptFinished{.attempt = {.branch = BranchId(0), .visit = 1, .attempt = 1},
                            .result = WorkflowError{"States.TaskFailed", ""}};

struct Row {
  const char* name;
  std::string definition;
  engine::Event event;
  enum class Started { kNothing, kChild, kItems, kBatches } started = Started::kNothing;
};

const Row kRows[] = {
    {"a call of a service", TaskOn("grpc:shop/s.S/M", "{}"), kCancelled},
    {"a start that nobody waits for", TaskOn("arn:aws:states:::states:startExecution", kStart),
     kCancelled},
    {"a start", TaskOn("arn:aws:states:::states:startExecution.sync:2", kStart), kCancelled,
     Row::Started::kChild},
    {"a start that may have been one",
     TaskOn("arn:aws:states:::states:startExecution.sync", kStart), kStartFails,
     Row::Started::kChild},
    {"a start of nothing", TaskOn("arn:aws:states:::states:startExecution.sync", "{}"), kCancelled},
    {"a Map Run", Distributed(""), kCancelled, Row::Started::kItems},
    {"a Map Run over batches", Distributed(R"(,"ItemBatcher":{"MaxItemsPerBatch":2})"), kCancelled,
     Row::Started::kBatches},
};

std::vector<Leftover> LeftoversOf(const Row& row) {
  const language::WorkflowPtr workflow = segue::testing::Workflow(row.definition);
  engine::Execution execution;
  execution.id = ExecutionId("parent");
  execution.input = Json::List({1, 2});
  execution.redrive_count = 3;
  const absl::Time now = absl::FromUnixSeconds(1'700'000'000);
  engine::Apply(*workflow, execution, engine::Started(), now);
  std::vector<Leftover> leftovers;
  for (const engine::Effect& effect : engine::Apply(*workflow, execution, row.event, now).effects) {
    const auto* cancel = std::get_if<engine::CancelAttempt>(&effect);
    std::optional<Leftover> leftover;
    if (cancel != nullptr) leftover = LeftoverOf(execution, *cancel);
    if (leftover) leftovers.push_back(*std::move(leftover));
  }
  return leftovers;
}

TEST(LeftoverTest, WhatAnAttemptHasStarted) {
  for (const Row& row : kRows) {
    SCOPED_TRACE(row.name);
    const std::vector<Leftover> leftovers = LeftoversOf(row);
    ASSERT_EQ(leftovers.size(), row.started == Row::Started::kNothing ? 0u : 1u);
    if (leftovers.empty()) continue;
    const Leftover& leftover = leftovers.front();
    EXPECT_TRUE(leftover.has_note);
    EXPECT_TRUE(KeyOf(leftover).ends_with("/parent/3/0/1/1")) << KeyOf(leftover);
    if (row.started == Row::Started::kChild) {
      const StartedChild& child = std::get<StartedChild>(leftover.started);
      EXPECT_EQ(child.id, IdOfNamed({"child", "n"}));
      EXPECT_NE(child.request_id, "");
      continue;
    }
    const StartedMapRun& run = std::get<StartedMapRun>(leftover.started);
    EXPECT_TRUE(run.id.starts_with("L:")) << run.id;
    engine::Execution child;
    child.input = Json::Of({{"Items", Json::List({1, 2, 3})}});
    EXPECT_EQ(ItemsOf(run, child), row.started == Row::Started::kBatches ? 3 : 1);
  }
}

TEST(LeftoverTest, IsReadAsItWasWritten) {
  for (const Row& row : kRows) {
    SCOPED_TRACE(row.name);
    for (const Leftover& leftover : LeftoversOf(row)) {
      const auto read =
          DecodeLeftover({.key = KeyOf(leftover), .record = EncodeLeftover(leftover)});
      ASSERT_TRUE(read.ok()) << read.status();
      EXPECT_EQ(KeyOf(*read), KeyOf(leftover));
      EXPECT_EQ(EncodeLeftover(*read), EncodeLeftover(leftover));
      EXPECT_TRUE(read->has_note);
    }
  }
}

TEST(LeftoverTest, RecordsThatCannotBeRead) {
  const Leftover leftover = LeftoversOf(kRows[2]).front();
  const std::string record = EncodeLeftover(leftover);
  const std::string key = KeyOf(leftover);
  const store::Document rows[] = {{.key = key, .record = "\xFF no message"},
                                  {.key = key, .record = ""},
                                  {.key = "", .record = record},
                                  {.key = key + "/1", .record = record},
                                  {.key = key + "x", .record = record},
                                  {.key = "999" + key.substr(3), .record = record}};
  for (const store::Document& row : rows) {
    const auto read = DecodeLeftover(row);
    EXPECT_TRUE(absl::IsDataLoss(read.status())) << row.key << " " << read.status();
  }
}

TEST(LeftoverTest, KeysOfAShardLieTogether) {
  for (const char* id : {"a", "b", "parent", "Z-9"}) {
    const Leftover leftover{.execution = ExecutionId(id)};
    const int slot = SlotOf(id);
    EXPECT_LT(LeftoverKeysOf(slot), KeyOf(leftover));
    EXPECT_LT(KeyOf(leftover), LeftoverKeysOf(slot + 1));
    EXPECT_TRUE(KeyOf(leftover).starts_with(LeftoverKeysOf(ExecutionId(id))));
  }
  for (int slot = 0; slot < kSlotCount; ++slot) {
    EXPECT_LT(LeftoverKeysOf(slot), LeftoverKeysOf(slot + 1));
  }
}

}  // namespace
}  // namespace segue::scheduler
