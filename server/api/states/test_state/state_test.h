#pragma once

#include <optional>

#include "absl/time/time.h"
#include "server/api/states/api_error.h"
#include "server/api/states/test_state/definition.h"
#include "server/api/states/test_state/inspection.h"
#include "server/api/states/test_state/mock.h"
#include "server/api/states/test_state/request.h"
#include "server/base/json.h"
#include "server/engine/map_input.h"
#include "server/engine/single_state.h"
#include "services/connector/http_trace.h"

namespace segue::api::states {

// How long a test may run (service-2.json, TestState).
inline constexpr absl::Duration kTestMax = absl::Minutes(5);

// One run of the tested state. Borrows what it is made of.
class StateTest {
 public:
  StateTest(const TestStateRequest& request, const TestedState& tested, const Mock& mock,
            engine::SingleState::Setting setting);

  // The Context Object to see instead of the usual one.
  void SetContext(Json context) { single_.SetContext(std::move(context)); }
  engine::SingleState& single() { return single_; }
  // What a Task's call sent and got, for a request that asks for it.
  void SetTrace(const services::HttpTrace& trace);

  // The arguments of the call that a Task without a mock makes; nothing where it comes to none.
  std::optional<Json> Call();

  // The response. ValidationException where the mock does not fit what the state has made of its
  // input.
  ApiResult<Json> Run();

 private:
  using Left = engine::SingleState::Left;
  // What the state came to; or the request's fault.
  using Ending = ApiResult<Outcome<Left>>;

  Ending RunWork();
  Outcome<Left> RunPlain();
  Outcome<Left> RunParallel();
  // map.cc
  Ending RunMap();
  Outcome<Json> ItemsOf(engine::Evaluator& evaluator, const Json& input);
  Outcome<Json> IterationInputs(engine::Evaluator& evaluator, const Json& items, const Json& input);
  bool IsExceeded(const engine::Tolerance& tolerance, int64_t iterations) const;
  std::optional<ApiError> MapMockFault(int64_t iterations) const;

  Outcome<Left> LeaveWithMock();
  void Succeed(const Left& left);
  void Fail(const WorkflowError& error);
  void ShowError(const WorkflowError& error);
  void ShowLeft(const Left& left);
  void ShowVariables(const language::Variables& variables);

  const TestStateRequest& request_;
  const TestedState& tested_;
  const Mock& mock_;
  const absl::Time now_;
  const language::Variables variables_;
  Inspection inspection_;
  engine::SingleState single_;
  Json::Object response_;
};

}  // namespace segue::api::states
