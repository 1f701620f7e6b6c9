// record_seeds FOLDER: writes a seed of records_fuzz.cc for each kind of plain values, made by the
// encoders of the server. Those of executions, branches and history came from a running one.

#include <fstream>
#include <iostream>
#include <string>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "server/base/check.h"
#include "server/process/services.h"
#include "server/scheduler/catalog/state_machine.h"
#include "server/scheduler/map_run/map_run.h"
#include "server/scheduler/nested/leftover.h"
#include "tests/fuzz/stored_workflow.h"

namespace segue::fuzz {
namespace {

const absl::Time kThen = absl::FromUnixSeconds(1'700'000'000);

std::string MapRunSeed() {
  return scheduler::EncodeMapRun({.uuid = "u",
                                  .label = "M",
                                  .execution = ExecutionId("e1"),
                                  .workflow = "w",
                                  .execution_arn = "arn:aws:states:eu-west-1:1:execution:w:e1",
                                  .status = scheduler::MapRunStatus::kFailed,
                                  .start_time = kThen,
                                  .stop_time = kThen + absl::Seconds(1),
                                  .redrive_count = 1,
                                  .redrive_time = kThen + absl::Milliseconds(500),
                                  .max_concurrency = 3,
                                  .tolerance = {.count = 2, .percentage = 12.5},
                                  .items_fingerprint = 7,
                                  .items = {.pending = 1, .succeeded = 2, .failed = 3},
                                  .executions = {.running = 1, .timed_out = 2, .aborted = 3},
                                  .items_before = {.pending_redrive = 4, .results_written = 5},
                                  .executions_before = {.failures_not_redrivable = 6}});
}

std::string LeftoverSeed(scheduler::Leftover leftover) {
  return absl::StrCat(scheduler::KeyOf(leftover), "\n%%\n", scheduler::EncodeLeftover(leftover));
}

std::string ChildSeed() {
  return LeftoverSeed(
      {.execution = ExecutionId("e1"),
       .redrive = 1,
       .attempt = {BranchId(2), 3, 4},
       .started = scheduler::StartedChild{.id = ExecutionId("e2"), .request_id = "r"}});
}

std::string AbandonedRunSeed() {
  return LeftoverSeed(
      {.execution = ExecutionId("e1"),
       .attempt = {BranchId(0), 1, 1},
       .started = scheduler::StartedMapRun{
           .id = "M:u", .children = scheduler::StartedMapRun::Children::kOfBatches}});
}

std::string WorkflowSeed() {
  StoredWorkflow workflow{std::nullopt};
  const auto put = workflow.Put(
      {.definition = R"({"StartAt":"A","States":{"A":{"Type":"Task","Resource":"grpc:echo/a.B/C",)"
                     R"("End":true}}})",
       .description = "d",
       .format = language::Format::kJson,
       .labels = {{"k", "v"}},
       .settings = scheduler::StateMachineSettings{.type = language::WorkflowType::kExpress,
                                                   .role = "arn:aws:iam::1:role/r",
                                                   .logging = R"({"level":"ALL"})",
                                                   .tracing = R"({"enabled":true})",
                                                   .encryption = R"({"type":"AWS_OWNED_KEY"})"}});
  SEGUE_CHECK(put.ok());
  return workflow.Record();
}

std::string PublicationSeed() {
  return scheduler::PublicationFormat().encode(
      {.workflow_create_time = kThen,
       .versions = {{.number = 2, .workflow_version = 3, .description = "d", .create_time = kThen}},
       .next_version = 3,
       .aliases = {{.name = "live",
                    .description = "d",
                    .routes = {{.version = 2, .weight = 90}, {.version = 1, .weight = 10}},
                    .create_time = kThen,
                    .update_time = kThen}}});
}

std::string BudgetSeed() {
  const services::BudgetLimits changed{.rate_per_second = 1.5,
                                       .burst = 2,
                                       .max_concurrency = 3,
                                       .timeout = absl::Milliseconds(1500)};
  return process::EncodeOverride({.service = "echo", .budget = changed, .configured = {}})
      .SerializeAsString();
}

void Write(const std::string& folder, std::string_view name, const std::string& seed) {
  std::ofstream file(absl::StrCat(folder, "/", std::string(name)), std::ios::binary);
  file << seed;
  SEGUE_CHECK(file.good());
}

void WriteAll(const std::string& folder) {
  Write(folder, "activity",
        "a" + scheduler::ActivityFormat().encode({.create_time = kThen, .encryption = "{}"}));
  Write(folder, "budget", "o" + BudgetSeed());
  Write(folder, "leftover_child", "l" + ChildSeed());
  Write(folder, "leftover_map_run", "l" + AbandonedRunSeed());
  Write(folder, "map_run", "m" + MapRunSeed());
  Write(folder, "publication", "p" + PublicationSeed());
  Write(folder, "tags", "t" + scheduler::TagsFormat().encode({.pairs = {{"k", "v"}, {"l", ""}}}));
  Write(folder, "workflow", "w" + WorkflowSeed());
}

}  // namespace
}  // namespace segue::fuzz

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: record_seeds FOLDER\n";
    return 2;
  }
  segue::fuzz::WriteAll(argv[1]);
  return 0;
}
