#include "server/api/states/test_state/request.h"

#include <string_view>

namespace segue::api::states {
namespace {

std::optional<std::string> Text(const Json& structure, std::string_view name) {
  const std::string* text = structure.FindString(name);
  return text == nullptr ? std::nullopt : std::optional(*text);
}

std::optional<int64_t> Count(const Json& structure, std::string_view name) {
  const Json* number = structure.Find(name);
  return number == nullptr || !number->is_int() ? std::nullopt : std::optional(number->int_value());
}

InspectionLevel LevelNamed(const std::optional<std::string>& name) {
  if (name == "TRACE") return InspectionLevel::kTrace;
  return name == "DEBUG" ? InspectionLevel::kDebug : InspectionLevel::kInfo;
}

FieldValidation ValidationNamed(const std::optional<std::string>& name) {
  if (name == "NONE") return FieldValidation::kNone;
  return name == "PRESENT" ? FieldValidation::kPresent : FieldValidation::kStrict;
}

MockInput ReadMock(const Json& structure) {
  MockInput mock;
  mock.result = Text(structure, "result");
  mock.validation = ValidationNamed(Text(structure, "fieldValidationMode"));
  const Json* error = structure.Find("errorOutput");
  if (error != nullptr && error->is_object()) {
    mock.error =
        WorkflowError{Text(*error, "error").value_or(""), Text(*error, "cause").value_or("")};
  }
  return mock;
}

}  // namespace

TestStateRequest ReadTestStateRequest(const Json& structure) {
  TestStateRequest request;
  request.definition = Text(structure, "definition").value_or("");
  request.role_arn = Text(structure, "roleArn");
  request.input = Text(structure, "input");
  request.level = LevelNamed(Text(structure, "inspectionLevel"));
  const Json* reveal = structure.Find("revealSecrets");
  if (reveal != nullptr && *reveal == Json::Bool(true)) {
    request.secrets = TestStateRequest::Secrets::kReveal;
  }
  request.variables = Text(structure, "variables");
  request.state_name = Text(structure, "stateName");
  const Json* mock = structure.Find("mock");
  if (mock != nullptr && mock->is_object()) request.mock = ReadMock(*mock);
  request.context = Text(structure, "context");
  if (const Json* configuration = structure.Find("stateConfiguration")) {
    request.configuration = {
        .retrier_retry_count = Count(*configuration, "retrierRetryCount"),
        .error_caused_by_state = Text(*configuration, "errorCausedByState"),
        .map_iteration_failure_count = Count(*configuration, "mapIterationFailureCount"),
        .map_item_reader_data = Text(*configuration, "mapItemReaderData"),
    };
  }
  return request;
}

}  // namespace segue::api::states
