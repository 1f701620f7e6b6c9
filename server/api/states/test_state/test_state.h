#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "absl/time/time.h"
#include "server/api/states/api_error.h"
#include "server/base/json.h"
#include "server/base/outcome.h"
#include "services/connector/http_trace.h"

namespace segue::api::states {

// What TestState cannot know by itself.
struct TestStateSetting {
  absl::Time now;
  uint64_t seed = 0;  // of everything random: another for each test
  std::string region;
  std::string account;
  // What came of the call that TestStateCallOf asked for, and what went over the wire.
  std::optional<Outcome<Json>> called;
  services::HttpTrace trace;
};

// The call that a Task without a mock makes, as an Express execution that does nothing else: its
// definition, and its input, the arguments.
struct TestStateCall {
  std::string definition;
  Json arguments;
  services::HttpTrace::Secrets secrets = services::HttpTrace::Secrets::kHide;
};

// Nothing, where the test is done without a call. Errors: as TestState's.
ApiResult<std::optional<TestStateCall>> TestStateCallOf(const Json& request,
                                                        const TestStateSetting& setting);

// TestState (service-2.json): runs one state and tells what it made of its input, what comes next,
// and how the values went through it. Takes the request's JSON object, which holds what the service
// model asks for (input_check.h), and gives the response's.
//
// Pure; threads: any. Nothing is called: a Task has a mock, or `setting` tells what its call came
// to. Nothing is waited for: a Wait is over at once (States.Timeout where it would be longer than
// the five minutes that AWS grants). Errors: ValidationException, InvalidDefinition,
// InvalidExecutionInput.
ApiResult<Json> TestState(const Json& request, const TestStateSetting& setting);

}  // namespace segue::api::states
