// Stored records; the first byte says which kind: e(xecution), h(istory), else branches (one, or
// two with a line "%%" between). What can be read is written and read again.

#include <algorithm>
#include <string>

#include "server/base/check.h"
#include "server/engine/apply.h"
#include "server/scheduler/codec.h"
#include "tests/fuzz/input.h"

namespace {

using segue::BranchId;
using segue::ExecutionId;

constexpr char kDefinition[] = R"({"StartAt": "P", "States": {
  "P": {"Type": "Parallel", "Next": "M", "Branches": [
    {"StartAt": "T", "States": {"T": {"Type": "Task", "Resource": "grpc:s/a.B/C", "End": true,
      "Retry": [{"ErrorEquals": ["States.ALL"]}]}}},
    {"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 5, "End": true}}}]},
  "M": {"Type": "Map", "End": true, "ItemProcessor": {"StartAt": "I", "States": {
    "I": {"Type": "Pass", "End": true}}}}}})";

void Execution(const std::string& record) {
  const ExecutionId id("fuzz");
  const auto decoded = segue::scheduler::DecodeExecution(id, record);
  if (!decoded.ok()) return;
  const std::string again =
      segue::scheduler::EncodeExecution(decoded->execution, decoded->definition);
  const auto twice = segue::scheduler::DecodeExecution(id, again);
  SEGUE_CHECK(twice.ok());
  SEGUE_CHECK(twice->execution.labels == decoded->execution.labels);
}

void History(const std::string& record) {
  const ExecutionId id("fuzz");
  const auto decoded =
      segue::scheduler::DecodeHistory(id, {.first = 1, .count = 1, .record = record});
  if (!decoded.ok()) return;
  const std::string again = segue::scheduler::EncodeHistory(*decoded);
  const auto twice = segue::scheduler::DecodeHistory(
      id, {.first = 1, .count = static_cast<int64_t>(decoded->size()), .record = again});
  SEGUE_CHECK(twice.ok() == !decoded->empty() || decoded->empty());
}

void Branches(std::string_view bytes) {
  static const segue::language::WorkflowPtr workflow =
      segue::language::ParseWorkflow(kDefinition).workflow;
  SEGUE_CHECK(workflow != nullptr);
  const auto [first, second] = segue::fuzz::SplitInput(bytes);
  std::vector<std::pair<BranchId, std::string>> records = {{BranchId(0), std::string(first)}};
  if (!second.empty()) records.emplace_back(BranchId(1), std::string(second));
  segue::engine::Execution execution;
  if (!segue::scheduler::DecodeBranches(records, *workflow, execution).ok()) return;
  (void)execution.NextDue();
  const bool tasks = std::ranges::all_of(execution.calling, [&execution](BranchId id) {
    const int state = execution.Find(id)->state;
    return workflow->state(state).type == segue::language::StateType::kTask;
  });
  if (tasks) (void)segue::engine::AttemptsInFlight(*workflow, execution);
  std::vector<std::pair<BranchId, std::string>> again;
  for (const auto& [id, branch] : execution.branches) {
    again.emplace_back(id, segue::scheduler::EncodeBranch(execution, branch, *workflow));
  }
  segue::engine::Execution twice;
  SEGUE_CHECK(segue::scheduler::DecodeBranches(again, *workflow, twice).ok());
  SEGUE_CHECK(twice.branches.size() == execution.branches.size());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const std::string_view record = segue::fuzz::Text(data + 1, size - 1);
  switch (data[0]) {
    case 'e':
      Execution(std::string(record));
      break;
    case 'h':
      History(std::string(record));
      break;
    default:
      Branches(record);
      break;
  }
  return 0;
}
