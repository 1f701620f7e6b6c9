#include "server/api/states/test_state/state_test.h"

#include <string_view>
#include <utility>

#include "absl/time/time.h"
#include "server/api/states/test_state/http_messages.h"
#include "server/base/check.h"

namespace segue::api::states {
namespace {

using engine::SingleState;
using language::StateType;

SingleState::Setting Watched(SingleState::Setting setting, engine::Inspector* inspector) {
  setting.inspector = inspector;
  return setting;
}

}  // namespace

StateTest::StateTest(const TestStateRequest& request, const TestedState& tested, const Mock& mock,
                     SingleState::Setting setting)
    : request_(request),
      tested_(tested),
      mock_(mock),
      now_(setting.now),
      variables_(setting.variables),
      inspection_(tested.state()),
      single_(Watched(std::move(setting), &inspection_)) {}

void StateTest::SetTrace(const services::HttpTrace& trace) {
  if (request_.level != InspectionLevel::kTrace) return;
  if (trace.request) inspection_.Set("request", ShownRequest(trace));
  if (trace.response) inspection_.Set("response", ShownResponse(trace));
}

std::optional<Json> StateTest::Call() {
  if (mock_ || tested_.state().type != StateType::kTask) return std::nullopt;
  const Outcome<SingleState::Begun> begun = single_.Begin();
  if (!begun.ok() || *begun != SingleState::Begun::kCall) return std::nullopt;
  return single_.arguments();
}

ApiResult<Json> StateTest::Run() {
  inspection_.Set("input", request_.input.value_or("{}"));
  Ending ending = RunWork();
  if (!ending.ok()) return ending.error();
  const Outcome<Left>& outcome = *ending;
  if (outcome.ok()) {
    Succeed(*outcome);
  } else {
    Fail(outcome.error());
  }
  if (request_.level != InspectionLevel::kInfo) {
    response_.Set("inspectionData", inspection_.data());
  }
  return Json(std::move(response_));
}

StateTest::Ending StateTest::RunWork() {
  switch (tested_.state().type) {
    case StateType::kMap:
      return RunMap();
    case StateType::kParallel:
      return RunParallel();
    case StateType::kTask:
    case StateType::kWait:
    case StateType::kPass:
    case StateType::kChoice:
    case StateType::kSucceed:
    case StateType::kFail:
      return RunPlain();
  }
  SEGUE_CHECK(false);
  return RunPlain();
}

Outcome<StateTest::Left> StateTest::RunPlain() {
  // A Fail state has no filter, and shows its input all the same [recorded].
  if (tested_.state().type == StateType::kFail) {
    engine::Evaluator(single_.place(), engine::Draw::kInput)
        .Show(engine::Filter::kInputPath, single_.input());
  }
  if (const auto* pass = std::get_if<language::PassState>(&tested_.state().detail)) {
    if (pass->result) inspection_.SetText("result", *pass->result);
  }
  SEGUE_TRY(begun, single_.Begin());
  switch (begun) {
    case SingleState::Begun::kDone:
      return single_.Leave();
    case SingleState::Begun::kWait:
      if (single_.due() - now_ > kTestMax) {
        return WorkflowError{"States.Timeout", ""};
      }
      return single_.Leave();
    case SingleState::Begun::kCall:
      SEGUE_CHECK(mock_);
      if (mock_->ok()) inspection_.SetText("result", **mock_);
      return LeaveWithMock();
  }
  SEGUE_CHECK(false);
  return single_.Leave();
}

Outcome<StateTest::Left> StateTest::RunParallel() {
  engine::Evaluator evaluator(single_.place(), engine::Draw::kInput);
  SEGUE_TRY(input, engine::WorkInput(evaluator));
  return LeaveWithMock();
}

Outcome<StateTest::Left> StateTest::LeaveWithMock() {
  if (!mock_->ok()) return mock_->error();
  return single_.Leave(**mock_);
}

void StateTest::Succeed(const Left& left) {
  response_.Set("status", "SUCCEEDED");
  ShowLeft(left);
}

void StateTest::Fail(const WorkflowError& error) {
  using Kind = SingleState::Handling::Kind;
  const SingleState::Handling handling = single_.HandlingOf(error);
  const auto index = static_cast<int64_t>(handling.index);
  ShowError(error);
  switch (handling.kind) {
    case Kind::kNone:
      response_.Set("status", "FAILED");
      ShowVariables(variables_);
      return;
    case Kind::kRetry:
      response_.Set("status", "RETRIABLE");
      inspection_.Set(
          "errorDetails",
          Json::Of({{"retryIndex", index},
                    {"retryBackoffIntervalSeconds", absl::ToInt64Seconds(handling.backoff)}}));
      ShowVariables(variables_);
      return;
    case Kind::kCatch:
      break;
  }
  const Outcome<Left> left = single_.Catch(handling.index, error);
  if (!left.ok()) {
    // What the Catcher itself gets wrong nothing catches.
    ShowError(left.error());
    response_.Set("status", "FAILED");
    ShowVariables(variables_);
    return;
  }
  response_.Set("status", "CAUGHT_ERROR");
  inspection_.Set("errorDetails", Json::Of({{"catchIndex", index}}));
  ShowLeft(*left);
}

void StateTest::ShowError(const WorkflowError& error) {
  response_.Erase("error");
  response_.Erase("cause");
  if (!error.name.empty()) response_.Set("error", error.name);
  if (!error.cause.empty()) response_.Set("cause", error.cause);
}

void StateTest::ShowLeft(const Left& left) {
  response_.Set("output", left.output.Dump());
  if (left.next != language::kEnd) response_.Set("nextState", tested_.NameOf(left.next));
  ShowVariables(left.variables);
}

void StateTest::ShowVariables(const language::Variables& variables) {
  if (!variables.empty()) inspection_.SetText("variables", Json(variables));
}

}  // namespace segue::api::states
