#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "server/api/states/test_state/shape_check.h"
#include "server/base/json.h"
#include "server/base/outcome.h"

namespace segue::api::states {

enum class InspectionLevel { kInfo, kDebug, kTrace };

// What a mock says came of the state's work: one of the two.
struct MockInput {
  std::optional<std::string> result;  // JSON text
  std::optional<WorkflowError> error;
  FieldValidation validation = FieldValidation::kStrict;
};

struct StateConfiguration {
  std::optional<int64_t> retrier_retry_count;
  std::optional<std::string> error_caused_by_state;
  std::optional<int64_t> map_iteration_failure_count;
  std::optional<std::string> map_item_reader_data;
};

// TestStateInput of service-2.json, read but not yet understood: texts are as they came.
struct TestStateRequest {
  std::string definition;
  std::optional<std::string> role_arn;
  std::optional<std::string> input;
  InspectionLevel level = InspectionLevel::kInfo;
  enum class Secrets { kHide, kReveal } secrets = Secrets::kHide;
  std::optional<std::string> variables;
  std::optional<std::string> state_name;
  std::optional<MockInput> mock;
  std::optional<std::string> context;
  StateConfiguration configuration;
};

// Reads a request that holds what the service model asks for (input_check.h sees to it).
TestStateRequest ReadTestStateRequest(const Json& request);

}  // namespace segue::api::states
