#include "server/api/states/test_state/request.h"

#include <utility>

#include "server/api/states/model_fields.h"

namespace segue::api::states {
namespace {

// Lengths of service-2.json.
constexpr ModelFields::Length kDefinition{.min = 1, .max = 1 << 20, .is_sensitive = true};
constexpr ModelFields::Length kArn{.min = 1, .max = 256};
constexpr ModelFields::Length kData{.min = 0, .max = 262144, .is_sensitive = true};
constexpr ModelFields::Length kStateName{.min = 1, .max = 80, .is_sensitive = true};
constexpr ModelFields::Length kError{.min = 0, .max = 256, .is_sensitive = true};
constexpr ModelFields::Length kCause{.min = 0, .max = 32768, .is_sensitive = true};

InspectionLevel LevelNamed(const std::optional<std::string>& name) {
  if (name == "TRACE") return InspectionLevel::kTrace;
  return name == "DEBUG" ? InspectionLevel::kDebug : InspectionLevel::kInfo;
}

FieldValidation ValidationNamed(const std::optional<std::string>& name) {
  if (name == "NONE") return FieldValidation::kNone;
  return name == "PRESENT" ? FieldValidation::kPresent : FieldValidation::kStrict;
}

MockInput ReadMock(const Json& structure, ModelFields* outer) {
  ModelFields fields(structure, "mock.");
  MockInput mock;
  mock.result = fields.Text("result", kData);
  mock.validation =
      ValidationNamed(fields.Enum("fieldValidationMode", {"PRESENT", "STRICT", "NONE"}));
  if (const Json* error_output = fields.Structure("errorOutput")) {
    ModelFields error(*error_output, "mock.errorOutput.");
    mock.error = WorkflowError{error.Text("error", kError).value_or(""),
                               error.Text("cause", kCause).value_or("")};
    fields.Add(error);
  }
  outer->Add(fields);
  return mock;
}

StateConfiguration ReadConfiguration(const Json& structure, ModelFields* outer) {
  ModelFields fields(structure, "stateConfiguration.");
  StateConfiguration configuration;
  configuration.retrier_retry_count = fields.Integer("retrierRetryCount", {.min = 0});
  configuration.error_caused_by_state = fields.Text("errorCausedByState", kStateName);
  configuration.map_iteration_failure_count =
      fields.Integer("mapIterationFailureCount", {.min = 0});
  configuration.map_item_reader_data = fields.Text("mapItemReaderData", kData);
  outer->Add(fields);
  return configuration;
}

}  // namespace

ApiResult<TestStateRequest> ReadTestStateRequest(const Json& structure) {
  ModelFields fields(structure);
  TestStateRequest request;
  request.definition = fields.RequiredText("definition", kDefinition).value_or("");
  request.role_arn = fields.Text("roleArn", kArn);
  request.input = fields.Text("input", kData);
  request.level = LevelNamed(fields.Enum("inspectionLevel", {"INFO", "DEBUG", "TRACE"}));
  const Json* reveal = fields.Boolean("revealSecrets");
  if (reveal != nullptr && *reveal == Json::Bool(true)) {
    request.secrets = TestStateRequest::Secrets::kReveal;
  }
  request.variables = fields.Text("variables", kData);
  request.state_name = fields.Text("stateName", kStateName);
  if (const Json* mock = fields.Structure("mock")) request.mock = ReadMock(*mock, &fields);
  request.context = fields.Text("context", kData);
  if (const Json* configuration = fields.Structure("stateConfiguration")) {
    request.configuration = ReadConfiguration(*configuration, &fields);
  }
  if (auto error = fields.error()) return *std::move(error);
  return request;
}

}  // namespace segue::api::states
