#include "server/api/states/test_state/mock.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "server/api/states/test_state/shapes/shapes.h"
#include "server/language/text.h"

namespace segue::api::states {
namespace {

using language::Concat;
using language::Resource;
using language::State;
using language::StateType;

// The operation whose response a Run a Job (.sync) integration gives: it asks until the job is
// done, and what it has then been told is the result (Developer Guide, "Run a Job").
struct Job {
  std::string_view service;
  std::string_view action;
  std::string_view asks;
};
constexpr auto kJobs = std::to_array<Job>({
    {"athena", "startQueryExecution", "GetQueryExecution"},
    {"glue", "startJobRun", "GetJobRun"},
    {"states", "startExecution", "DescribeExecution"},
});

std::string Capital(std::string_view name) {
  std::string capital(name);
  if (!capital.empty() && capital[0] >= 'a' && capital[0] <= 'z') capital[0] -= 'a' - 'A';
  return capital;
}

// The services whose name in the Java SDK (which aws-sdk resources use) is not that of their
// optimised integration.
constexpr auto kSdkNames = std::to_array<std::pair<std::string_view, std::string_view>>({
    {"emr", "elasticmapreduce"},
    {"emrcontainers", "emr-containers"},
    {"emrserverless", "emr-serverless"},
    {"eventbridge", "events"},
    {"sfn", "states"},
});

std::string_view ServiceOf(std::string_view sdk_service) {
  for (const auto& [sdk_name, name] : kSdkNames) {
    if (sdk_name == sdk_service) return name;
  }
  return sdk_service;
}

// An operation of an AWS API, and what of its response the integration makes something else of.
struct Operation {
  std::string_view service;
  std::string name;
  std::string_view changed;
};

// Nothing where the result is not an API's response: a function's own answer, an endpoint's, a
// token's.
std::optional<Operation> OperationOf(const Resource& resource) {
  constexpr std::string_view kSdk = "aws-sdk:";
  if (resource.completion == Resource::Completion::kTaskToken || resource.method.empty()) {
    return std::nullopt;
  }
  std::string_view service = resource.service;
  if (service.starts_with(kSdk)) {
    return Operation{ServiceOf(service.substr(kSdk.size())), Capital(resource.method), ""};
  }
  if (resource.completion == Resource::Completion::kResponse) {
    // The payload of a function is JSON here, and not the bytes of the API.
    return Operation{service, Capital(resource.method), service == "lambda" ? "Payload" : ""};
  }
  const auto job = std::find_if(kJobs.begin(), kJobs.end(), [&](const Job& candidate) {
    return candidate.service == service && candidate.action == resource.method;
  });
  if (job == kJobs.end()) return std::nullopt;
  // .sync:2 gives the output of an execution as JSON, not as its text.
  const bool as_json = resource.completion == Resource::Completion::kSync2;
  return Operation{service, std::string(job->asks), as_json ? "Output" : ""};
}

std::optional<ApiError> FaultOfCall(const Resource& resource, const Json& result,
                                    FieldValidation validation) {
  const std::optional<Operation> operation = OperationOf(resource);
  if (!operation) return std::nullopt;
  Json::Object checked = result.is_object() ? result.object() : Json::Object();
  checked.Erase(operation->changed);
  const auto fault = ShapeFault(ShapesOf(operation->service), operation->name,
                                result.is_object() ? Json(checked) : result, validation);
  if (!fault) return std::nullopt;
  return ValidationException(Concat("Mock result schema validation error: ", *fault));
}

std::optional<ApiError> FaultOfResult(const State& state, const Json& result,
                                      FieldValidation validation) {
  switch (state.type) {
    case StateType::kTask:
      return FaultOfCall(std::get<language::TaskState>(state.detail).resource, result, validation);
    case StateType::kMap: {
      // A ResultWriter's result says where the results are.
      const auto& map = std::get<language::MapState>(state.detail);
      if (!map.result_writer && !result.is_array()) {
        return ValidationException("Mocked result must be an array.");
      }
      if (map.result_writer && !result.is_object()) {
        return ValidationException("Mocked result must be a JSON object.");
      }
      return std::nullopt;
    }
    case StateType::kParallel: {
      if (!result.is_array()) return ValidationException("Mocked result must be an array.");
      const auto& branches = std::get<language::ParallelState>(state.detail).branches;
      if (result.array().size() != branches.size()) {
        return ValidationException(
            "Mocked result must contain the same number of items as number of Parallel branches.");
      }
      return std::nullopt;
    }
    case StateType::kWait:
    case StateType::kPass:
    case StateType::kChoice:
    case StateType::kSucceed:
    case StateType::kFail:
      break;  // these have no mock
  }
  return std::nullopt;
}

bool CanBeMocked(StateType type) {
  return type == StateType::kTask || type == StateType::kMap || type == StateType::kParallel;
}

}  // namespace

ApiResult<Mock> ReadMock(const TestStateRequest& request, const State& state) {
  if (!request.mock) return Mock();
  const MockInput& mock = *request.mock;
  if (!CanBeMocked(state.type)) {
    return ValidationException(Concat("State type '", language::StateTypeName(state.type),
                                      "' is not supported when a mock is specified"));
  }
  if (request.secrets == TestStateRequest::Secrets::kReveal) {
    return ValidationException(
        "TestState does not support RevealSecrets when a mock is specified.");
  }
  if (mock.result.has_value() == mock.error.has_value()) {
    return ValidationException(
        "A test mock should have only one of the following fields: [result, errorOutput].");
  }
  if (mock.error) {
    if (mock.error->name.empty()) {
      return ValidationException("An error was not specified in the mocked error output.");
    }
    return Mock(*mock.error);
  }
  absl::StatusOr<Json> result = Json::Parse(*mock.result);
  if (!result.ok()) return ValidationException("Mocked result must be valid JSON");
  if (auto fault = FaultOfResult(state, *result, mock.validation)) return *std::move(fault);
  return Mock(*std::move(result));
}

}  // namespace segue::api::states
