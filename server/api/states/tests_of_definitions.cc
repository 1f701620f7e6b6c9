#include <memory>
#include <optional>
#include <utility>

#include "server/api/states/operations.h"
#include "server/api/states/test_state/test_state.h"
#include "server/api/states/validate.h"

// What is asked about a definition, without a state machine.

namespace segue::api::states {
namespace {

// How long a TestState call may take
// (https://docs.aws.amazon.com/step-functions/latest/dg/test-state-isolation.html).
constexpr absl::Duration kTestMax = absl::Minutes(5);

// Makes the call as an Express execution of its own, and puts into `setting` what came of it; an
// error where there was none to make.
async::Task<std::optional<ApiError>> MakeCall(Call& call, TestStateCall tested,
                                              TestStateSetting* setting) {
  auto trace = std::make_shared<services::HttpTrace>();
  trace->secrets = tested.secrets;
  scheduler::SubmitRequest request{.inline_definition = std::move(tested.definition),
                                   .inline_format = language::Format::kJson,
                                   .input = tested.arguments.Dump(),
                                   .deadline = call.now + kTestMax,
                                   .type = engine::ExecutionType::kExpress,
                                   .trace = trace};
  absl::StatusOr<scheduler::SubmitResult> submitted =
      co_await call.scheduler().Submit(std::move(request));
  if (!submitted.ok()) co_return FromStatus(submitted.status());
  absl::StatusOr<scheduler::ExecutionView> view = co_await call.scheduler().Wait(
      submitted->view.execution.id, scheduler::Detail::kBasic, call.now + kTestMax);
  if (!view.ok()) co_return FromStatus(view.status());
  const engine::Execution& execution = view->execution;
  // One that is still open may still be writing.
  if (IsClosed(execution.status)) setting->trace = *trace;
  if (execution.error) {
    setting->called = *execution.error;
  } else if (execution.status == engine::ExecutionStatus::kSucceeded) {
    setting->called = execution.output;
  } else {
    setting->called = WorkflowError{"States.Timeout", ""};
  }
  co_return std::nullopt;
}

}  // namespace

async::Task<Answer> TestState(Call& call) {
  TestStateSetting setting{.now = call.now,
                           .seed = call.random.Next(),
                           .region = call.scope().region,
                           .account = call.scope().account};
  ApiResult<std::optional<TestStateCall>> asked = TestStateCallOf(call.input, setting);
  if (!asked.ok()) co_return asked.error();
  if (asked->has_value()) {
    std::optional<ApiError> fault = co_await MakeCall(call, **std::move(asked), &setting);
    if (fault) co_return *std::move(fault);
  }
  co_return TestState(call.input, setting);
}

async::Task<Answer> ValidateStateMachineDefinition(Call& call) {
  co_return ValidateStateMachineDefinition(call.input);
}

}  // namespace segue::api::states
