#include "server/api/states/test_state/test_state.h"

#include <optional>
#include <string_view>
#include <utility>

#include "absl/status/statusor.h"
#include "server/api/states/test_state/context_object.h"
#include "server/api/states/test_state/definition.h"
#include "server/api/states/test_state/mock.h"
#include "server/api/states/test_state/request.h"
#include "server/api/states/test_state/state_test.h"
#include "server/base/random.h"
#include "server/language/text.h"

namespace segue::api::states {
namespace {

using language::Concat;
using language::Resource;
using language::StateType;

ApiError NeedsMock(std::string_view what) {
  return ValidationException(
      Concat("TestState does not support ", what, " when a mock is not specified."));
}

std::optional<ApiError> ConfigurationFault(const TestStateRequest& request) {
  if (request.mock) return std::nullopt;
  const StateConfiguration& configuration = request.configuration;
  if (configuration.retrier_retry_count) return NeedsMock("RetrierRetryCount");
  if (configuration.error_caused_by_state) return NeedsMock("ErrorCausedByState");
  if (configuration.map_iteration_failure_count) return NeedsMock("MapIterationFailureCount");
  if (configuration.map_item_reader_data) return NeedsMock("MapItemReaderData");
  return std::nullopt;
}

// What can only be tested with a mock.
std::optional<ApiError> MissingMockFault(const TestStateRequest& request,
                                         const language::State& state) {
  if (request.mock) return std::nullopt;
  if (state.type == StateType::kMap || state.type == StateType::kParallel) {
    return ApiError{"InvalidDefinition",
                    "TestState API does not support Map or Parallel states. Supported state types "
                    "include: [Task, Wait, Pass, Succeed, Fail, Choice]"};
  }
  if (state.type != StateType::kTask) return std::nullopt;
  const Resource& resource = std::get<language::TaskState>(state.detail).resource;
  if (resource.completion != Resource::Completion::kResponse) {
    return ApiError{"InvalidDefinition",
                    "TestState API does not support '.sync' or '.waitForTaskToken' integration "
                    "patterns."};
  }
  if (resource.kind == Resource::Kind::kActivity) {
    return ApiError{"InvalidDefinition", "TestState API does not support Activity tasks."};
  }
  if (!request.role_arn) {
    return ValidationException("RoleArn must be specified when testing a Task state");
  }
  return ValidationException("A mock must be specified when testing a Task state");
}

ApiResult<Json> ReadInput(const TestStateRequest& request) {
  if (!request.input) return Json(Json::Object());
  absl::StatusOr<Json> input = Json::Parse(*request.input);
  if (input.ok()) return *std::move(input);
  return ApiError{"InvalidExecutionInput", Concat("Invalid State Machine Execution Input: '",
                                                  std::string(input.status().message()), "'")};
}

ApiResult<language::Variables> ReadVariables(const TestStateRequest& request) {
  if (!request.variables) return language::Variables();
  absl::StatusOr<Json> variables = Json::Parse(*request.variables);
  if (variables.ok() && variables->is_object()) return variables->object();
  return ValidationException("Variables must be a valid JSON object");
}

// What AWS calls the execution that a test is.
engine::SingleState::Setting SettingOf(const TestStateRequest& request, const TestedState& tested,
                                       const TestStateSetting& test) {
  Random names(test.seed);
  const std::string machine = names.Uuid();
  const std::string execution = names.Uuid();
  const std::string account = Concat(test.region, ":", test.account);
  engine::SingleState::Setting setting{.workflow = *tested.workflow};
  setting.state = tested.index;
  setting.id = ExecutionId(execution);
  setting.workflow_name = machine;
  setting.names = {
      .execution = Concat("arn:aws:states:", account, ":express:", machine, ":", execution),
      .workflow = Concat("arn:aws:states:", account, ":stateMachine:", machine),
      .role = request.role_arn.value_or("")};
  setting.retries = static_cast<int>(request.configuration.retrier_retry_count.value_or(0));
  setting.now = test.now;
  setting.seed = names.Next();
  return setting;
}

// The Context Object of a test: its state is called the same whatever its name, and without a role
// there is none [recorded].
Json ContextOf(const TestStateRequest& request, const Json& context) {
  Json state = context.Find("State")->With("Name", kSingleStateName);
  if (state.Find("RetryCount") != nullptr) {
    state = state.With("RetryCount", request.configuration.retrier_retry_count.value_or(0));
  }
  const Json execution = *context.Find("Execution");
  return context.With("State", state)
      .With("Execution", request.role_arn ? execution : execution.With("RoleArn", nullptr));
}

std::optional<ApiError> UnknownCauserFault(const TestStateRequest& request,
                                           const TestedState& tested) {
  const auto& causer = request.configuration.error_caused_by_state;
  if (!causer) return std::nullopt;
  for (const language::State& state : tested.workflow->states) {
    if (state.name == *causer && &state != &tested.state()) return std::nullopt;
  }
  return ValidationException("State not found in definition");
}

}  // namespace

ApiResult<Json> TestState(const Json& request_json, const TestStateSetting& test) {
  const ApiResult<TestStateRequest> request = ReadTestStateRequest(request_json);
  if (!request.ok()) return request.error();
  const ApiResult<TestedState> tested = FindTestedState(request->definition, request->state_name);
  if (!tested.ok()) return tested.error();
  if (auto fault = ConfigurationFault(*request)) return *std::move(fault);
  if (auto fault = MissingMockFault(*request, tested->state())) return *std::move(fault);
  const ApiResult<Mock> mock = ReadMock(*request, tested->state());
  if (!mock.ok()) return mock.error();
  if (request->context && !request->mock) return NeedsMock("Context");
  if (auto fault = UnknownCauserFault(*request, *tested)) return *std::move(fault);
  ApiResult<Json> input = ReadInput(*request);
  if (!input.ok()) return input.error();
  ApiResult<language::Variables> variables = ReadVariables(*request);
  if (!variables.ok()) return variables.error();

  engine::SingleState::Setting setting = SettingOf(*request, *tested, test);
  setting.input = *std::move(input);
  setting.variables = *std::move(variables);
  StateTest run(*request, *tested, *mock, std::move(setting));
  if (request->context) {
    ApiResult<Json> context = ReadContextObject(*request->context, tested->state());
    if (!context.ok()) return context.error();
    run.SetContext(*std::move(context));
  } else {
    run.SetContext(ContextOf(*request, run.single().DefaultContext()));
  }
  return run.Run();
}

}  // namespace segue::api::states
