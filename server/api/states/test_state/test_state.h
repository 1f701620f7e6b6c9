#pragma once

#include <cstdint>
#include <string>

#include "absl/time/time.h"
#include "server/api/states/api_error.h"
#include "server/base/json.h"

namespace segue::api::states {

// What TestState cannot know by itself.
struct TestStateSetting {
  absl::Time now;
  uint64_t seed = 0;  // of everything random: another for each call
  std::string region;
  std::string account;
};

// TestState (service-2.json): runs one state and tells what it made of its input, what comes next,
// and how the values went through it. Takes the request's JSON object, gives the response's.
//
// Pure; threads: any. Nothing is called and nothing is waited for: a Task needs a mock, and a Wait
// is over at once (States.Timeout where it would be longer than the five minutes that AWS grants).
// Errors: ValidationException, InvalidDefinition, InvalidExecutionInput, InvalidArn.
ApiResult<Json> TestState(const Json& request, const TestStateSetting& setting);

}  // namespace segue::api::states
