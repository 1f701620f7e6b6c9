#include "server/api/states/test_state/test_state.h"

#include <memory>
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
using services::HttpTrace;

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
  return std::nullopt;
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

// The Context Object of a test: it has made the retries that the request says, and without a role
// there is none [recorded].
Json ContextOf(const TestStateRequest& request, const Json& context) {
  Json state = *context.Find("State");
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

// A request that has been read and is ready to be run.
struct Prepared {
  TestStateRequest request;
  TestedState tested;
  Mock mock;
  std::optional<StateTest> test;  // borrows the others
};
using PreparedPtr = std::unique_ptr<Prepared>;

std::optional<ApiError> SetContext(Prepared* prepared) {
  StateTest& test = *prepared->test;
  if (!prepared->request.context) {
    test.SetContext(ContextOf(prepared->request, test.single().DefaultContext()));
    return std::nullopt;
  }
  ApiResult<Json> context = ReadContextObject(*prepared->request.context, prepared->tested.state());
  if (!context.ok()) return context.error();
  test.SetContext(*std::move(context));
  return std::nullopt;
}

ApiResult<PreparedPtr> Prepare(const Json& request_json, const TestStateSetting& setting) {
  TestStateRequest request = ReadTestStateRequest(request_json);
  ApiResult<TestedState> tested = FindTestedState(request.definition, request.state_name);
  if (!tested.ok()) return tested.error();
  if (auto fault = ConfigurationFault(request)) return *std::move(fault);
  if (auto fault = MissingMockFault(request, tested->state())) return *std::move(fault);
  ApiResult<Mock> mock = ReadMock(request, tested->state());
  if (!mock.ok()) return mock.error();
  if (request.context && !request.mock) return NeedsMock("Context");
  if (auto fault = UnknownCauserFault(request, *tested)) return *std::move(fault);
  ApiResult<Json> input = ReadInput(request);
  if (!input.ok()) return input.error();
  ApiResult<language::Variables> variables = ReadVariables(request);
  if (!variables.ok()) return variables.error();

  auto prepared = std::make_unique<Prepared>();
  prepared->request = std::move(request);
  prepared->tested = *std::move(tested);
  prepared->mock = *std::move(mock);
  engine::SingleState::Setting state = SettingOf(prepared->request, prepared->tested, setting);
  state.input = *std::move(input);
  state.variables = *std::move(variables);
  prepared->test.emplace(prepared->request, prepared->tested, prepared->mock, std::move(state));
  if (auto fault = SetContext(prepared.get())) return *std::move(fault);
  return prepared;
}

}  // namespace

ApiResult<std::optional<TestStateCall>> TestStateCallOf(const Json& request,
                                                        const TestStateSetting& setting) {
  const ApiResult<PreparedPtr> prepared = Prepare(request, setting);
  if (!prepared.ok()) return prepared.error();
  std::optional<Json> arguments = (*prepared)->test->Call();
  if (!arguments) return std::optional<TestStateCall>();
  const auto& task = std::get<language::TaskState>((*prepared)->tested.state().detail);
  const Json definition =
      Json::Of({{"StartAt", kTestedStateName},
                {"States", Json::Of({{std::string(kTestedStateName),
                                      Json::Of({{"Type", "Task"},
                                                {"Resource", task.resource.text},
                                                {"TimeoutSeconds", absl::ToInt64Seconds(kTestMax)},
                                                {"End", Json::Bool(true)}})}})}});
  const bool reveals = (*prepared)->request.secrets == TestStateRequest::Secrets::kReveal;
  return std::optional(
      TestStateCall{.definition = definition.Dump(),
                    .arguments = *std::move(arguments),
                    .secrets = reveals ? HttpTrace::Secrets::kReveal : HttpTrace::Secrets::kHide});
}

ApiResult<Json> TestState(const Json& request, const TestStateSetting& setting) {
  const ApiResult<PreparedPtr> prepared = Prepare(request, setting);
  if (!prepared.ok()) return prepared.error();
  Prepared& test = **prepared;
  if (!test.mock && test.tested.state().type == StateType::kTask) {
    if (setting.called) {
      test.mock = *setting.called;
      test.test->SetTrace(setting.trace);
    } else if (test.test->Call()) {
      return ValidationException("A mock must be specified when testing a Task state");
    }
  }
  return test.test->Run();
}

}  // namespace segue::api::states
