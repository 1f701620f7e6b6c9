#pragma once

#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/engine/execution.h"
#include "server/engine/history.h"
#include "server/language/parse.h"
#include "server/language/workflow.h"
#include "server/store/store.h"

// Between the engine's state and the store's records (proto/segue/storage/v1). Pure.
//
// Errors of decoding: DataLoss, naming the record.

namespace segue::scheduler {

// The definition that came with a submit; empty text where the workflow is a stored one.
struct InlineDefinition {
  std::string text;
  language::Format format = language::Format::kDetect;
};

std::string EncodeExecution(const engine::Execution& execution, const InlineDefinition& definition);

struct DecodedExecution {
  engine::Execution execution;  // without branches
  InlineDefinition definition;
};
absl::StatusOr<DecodedExecution> DecodeExecution(const ExecutionId& id, const std::string& record);

// `execution` is the branch's: its newest event id and next branch id are kept with every branch,
// so that the execution's own record need not be written with each transition.
std::string EncodeBranch(const engine::Execution& execution, const engine::Branch& branch,
                         const language::Workflow& workflow);

// Puts the branches into `execution` and restores what is derived.
absl::Status DecodeBranches(const std::vector<std::pair<BranchId, std::string>>& records,
                            const language::Workflow& workflow, engine::Execution& execution);

std::string EncodeHistory(const std::vector<engine::HistoryEvent>& events);
absl::StatusOr<std::vector<engine::HistoryEvent>> DecodeHistory(const ExecutionId& id,
                                                                const store::StoredHistory& stored);

}  // namespace segue::scheduler
