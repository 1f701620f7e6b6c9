// Stored records; the first byte says of which kind (kKinds). What can be read is written and read
// again; of what is plain values, nothing may be lost by that.

#include <google/protobuf/stubs/logging.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "segue/storage/v1/records.pb.h"
#include "server/base/check.h"
#include "server/engine/apply.h"
#include "server/process/services.h"
#include "server/scheduler/catalog/state_machine.h"
#include "server/scheduler/codec.h"
#include "server/scheduler/map_run/map_run.h"
#include "server/scheduler/nested/leftover.h"
#include "tests/fuzz/input.h"
#include "tests/fuzz/stored_workflow.h"

namespace {

using segue::BranchId;
using segue::ExecutionId;
namespace pb = segue::storage::v1;
namespace scheduler = segue::scheduler;

constexpr char kDefinition[] = R"({"StartAt": "P", "States": {
  "P": {"Type": "Parallel", "Next": "M", "Branches": [
    {"StartAt": "T", "States": {"T": {"Type": "Task", "Resource": "grpc:s/a.B/C", "End": true,
      "Retry": [{"ErrorEquals": ["States.ALL"]}]}}},
    {"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 5, "End": true}}}]},
  "M": {"Type": "Map", "End": true, "ItemProcessor": {"StartAt": "I", "States": {
    "I": {"Type": "Pass", "End": true}}}}}})";

void Execution(std::string_view bytes) {
  const std::string record(bytes);
  const ExecutionId id("fuzz");
  const auto decoded = scheduler::DecodeExecution(id, record);
  if (!decoded.ok()) return;
  const std::string again = scheduler::EncodeExecution(decoded->execution, decoded->definition);
  const auto twice = scheduler::DecodeExecution(id, again);
  SEGUE_CHECK(twice.ok());
  SEGUE_CHECK(twice->execution.labels == decoded->execution.labels);
}

void History(std::string_view bytes) {
  const std::string record(bytes);
  const ExecutionId id("fuzz");
  const auto decoded = scheduler::DecodeHistory(id, {.first = 1, .count = 1, .record = record});
  if (!decoded.ok()) return;
  const std::string again = scheduler::EncodeHistory(*decoded);
  const auto twice = scheduler::DecodeHistory(
      id, {.first = 1, .count = static_cast<int64_t>(decoded->size()), .record = again});
  SEGUE_CHECK(twice.ok() == !decoded->empty() || decoded->empty());
}

// One, or two with a line "%%" between.
void Branches(std::string_view bytes) {
  static const segue::language::WorkflowPtr workflow =
      segue::language::ParseWorkflow(kDefinition).workflow;
  SEGUE_CHECK(workflow != nullptr);
  const auto [first, second] = segue::fuzz::SplitInput(bytes);
  std::vector<std::pair<BranchId, std::string>> records = {{BranchId(0), std::string(first)}};
  if (!second.empty()) records.emplace_back(BranchId(1), std::string(second));
  segue::engine::Execution execution;
  if (!scheduler::DecodeBranches(records, *workflow, execution).ok()) return;
  (void)execution.NextDue();
  const bool tasks = std::ranges::all_of(execution.calling, [&execution](BranchId id) {
    const int state = execution.Find(id)->state;
    return workflow->state(state).type == segue::language::StateType::kTask;
  });
  if (tasks) (void)segue::engine::AttemptsInFlight(*workflow, execution);
  std::vector<std::pair<BranchId, std::string>> again;
  for (const auto& [id, branch] : execution.branches) {
    again.emplace_back(id, scheduler::EncodeBranch(execution, branch, *workflow));
  }
  segue::engine::Execution twice;
  SEGUE_CHECK(scheduler::DecodeBranches(again, *workflow, twice).ok());
  SEGUE_CHECK(twice.branches.size() == execution.branches.size());
}

// What this server knows of a record that can be read.
template <typename Record>
Record Known(const std::string& bytes) {
  Record record;
  SEGUE_CHECK(record.ParseFromString(bytes));
  record.DiscardUnknownFields();
  return record;
}

void MapRun(std::string_view bytes) {
  const std::string text(bytes);
  const auto run = scheduler::DecodeMapRun("uuid", text);
  if (!run.ok()) return;
  auto record = Known<pb::MapRunRecord>(text);
  // Where there are no counts, they are all 0.
  record.mutable_items();
  record.mutable_executions();
  record.mutable_items_before();
  record.mutable_executions_before();
  SEGUE_CHECK(record.SerializeAsString() == scheduler::EncodeMapRun(*run));
}

// Its key, a line "%%", and the record.
void Leftover(std::string_view bytes) {
  const auto [key, text] = segue::fuzz::SplitInput(bytes);
  const std::string record(text);
  const auto leftover = scheduler::DecodeLeftover({.key = std::string(key), .record = record});
  if (!leftover.ok()) return;
  SEGUE_CHECK(scheduler::KeyOf(*leftover) == key);
  SEGUE_CHECK(Known<pb::LeftoverRecord>(record).SerializeAsString() ==
              scheduler::EncodeLeftover(*leftover));
}

template <typename Record, typename Value>
void InBook(const typename scheduler::Book<Value>::Format& format, std::string_view bytes) {
  const std::string record(bytes);
  const std::optional<Value> value = format.decode(record);
  if (value) SEGUE_CHECK(Known<Record>(record).SerializeAsString() == format.encode(*value));
}

void Publication(std::string_view bytes) {
  InBook<pb::PublicationRecord, scheduler::Publication>(scheduler::PublicationFormat(), bytes);
}

void Activity(std::string_view bytes) {
  InBook<pb::ActivityRecord, scheduler::Activity>(scheduler::ActivityFormat(), bytes);
}

void Tags(std::string_view bytes) {
  InBook<pb::TagsRecord, scheduler::Tags>(scheduler::TagsFormat(), bytes);
}

// The second version is made of what was read of the first.
void Workflow(std::string_view bytes) {
  segue::fuzz::StoredWorkflow first{std::string(bytes)};
  const auto read = first.Get(1);
  if (!read.ok()) return;
  const scheduler::WorkflowVersion& version = **read;
  SEGUE_CHECK(version.workflow != nullptr);
  const auto put = first.Put({.definition = version.definition,
                              .description = version.description + "!",
                              .format = version.format,
                              .labels = version.labels,
                              .mode = scheduler::PutWorkflow::Mode::kUpdate});
  if (!put.ok()) return;  // what was accepted once need not be so today
  const auto again = segue::fuzz::StoredWorkflow(first.Record()).Get(1);
  SEGUE_CHECK(again.ok());
  SEGUE_CHECK((*again)->definition == version.definition && (*again)->format == version.format);
  SEGUE_CHECK((*again)->labels == version.labels && (*again)->settings == version.settings);
  SEGUE_CHECK((*again)->description == version.description + "!");
  SEGUE_CHECK((*again)->create_time == version.create_time);
}

// Durations have nanoseconds once they were written.
void Budget(std::string_view bytes) {
  const auto encode = [](const segue::services::BudgetOverride& made) {
    return segue::process::EncodeOverride(made).SerializeAsString();
  };
  const auto read = segue::process::DecodeOverride("echo", std::string(bytes));
  if (!read.ok()) return;
  const std::string again = encode(*read);
  const auto twice = segue::process::DecodeOverride("echo", again);
  SEGUE_CHECK(twice.ok() && encode(*twice) == again);
}

struct Kind {
  char letter;
  void (*take)(std::string_view bytes);
};
constexpr Kind kKinds[] = {{'a', Activity}, {'b', Branches}, {'e', Execution}, {'h', History},
                           {'l', Leftover}, {'m', MapRun},   {'o', Budget},    {'p', Publication},
                           {'t', Tags},     {'w', Workflow}};

}  // namespace

// Most inputs cannot be parsed: that is no news.
extern "C" int LLVMFuzzerInitialize(int*, char***) {
  google::protobuf::SetLogHandler(nullptr);
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const auto letter = static_cast<char>(data[0]);
  const auto* kind = std::ranges::find(kKinds, letter, &Kind::letter);
  if (kind != std::end(kKinds)) kind->take(segue::fuzz::Text(data + 1, size - 1));
  return 0;
}
