#pragma once

// Command-line arguments to the values that requests take. Pure; errors are INVALID_ARGUMENT.

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "segue/v1/execution.pb.h"
#include "segue/v1/workflow.pb.h"

namespace segue::cli {

// "flows/order.asl.yaml" -> "order": without folders, and without .asl.json, .asl.yaml, .json, ...
std::string WorkflowNameOf(const std::string& path);

// By the file's ending; unspecified (the server looks at the text) for any other.
v1::DefinitionFormat FormatOf(const std::string& path);

struct WorkflowRef {
  std::string name;
  int64_t version = 0;  // 0: the newest
};
// "order" or "order@3".
absl::StatusOr<WorkflowRef> ParseWorkflowRef(const std::string& text);

// "key=value" each; the value may be empty and hold '='.
absl::StatusOr<std::map<std::string, std::string>> ParseLabels(
    const std::vector<std::string>& pairs);

// "failed" or "FAILED".
absl::StatusOr<v1::ExecutionStatus> ParseExecutionStatus(const std::string& text);

}  // namespace segue::cli
