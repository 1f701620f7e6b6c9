#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <iostream>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "server/api/states/test_state/test_state.h"
#include "server/api/states/validate.h"
#include "tests/conformance/recorded_comparison.h"

// Replays the recorded calls of TestState and ValidateStateMachineDefinition (states_traces.jsonl
// in SEGUE_CONFORMANCE_DIR), which need nothing but the call itself, and compares the responses.
// SEGUE_CONFORMANCE_SHOW=N shows the first N disagreements; SEGUE_CONFORMANCE_ONLY=text replays the
// traces whose name contains it.

namespace segue::testing {
namespace {

using api::states::ApiResult;

std::string Text(const Json& record, std::string_view name) {
  const std::string* text = record.FindString(name);
  return text == nullptr ? "" : *text;
}

// Nothing for an operation that is not replayed here.
std::optional<ApiResult<Json>> Call(const std::string& operation, const Json& parameters) {
  if (operation == "TestState") {
    return api::states::TestState(parameters, {.now = absl::FromUnixSeconds(1'700'000'000),
                                               .seed = 7,
                                               .region = "us-east-1",
                                               .account = "111111111111"});
  }
  if (operation == "ValidateStateMachineDefinition") {
    return api::states::ValidateStateMachineDefinition(parameters);
  }
  return std::nullopt;
}

// The response as the recorder has it. Of errors there are two styles: botocore's response, and the
// exception's name and text.
Json AsRecorded(const ApiResult<Json>& response, const std::string& operation,
                const Json& expected) {
  if (response.ok()) return *response;
  const api::states::ApiError& error = response.error();
  if (expected.Find("exception_typename") != nullptr) {
    return Json::Of(
        {{"exception_typename", error.type},
         {"exception_value", "An error occurred (" + error.type + ") when calling the " +
                                 operation + " operation: " + error.message}});
  }
  return Json::Of({{"Error", Json::Of({{"Code", error.type}, {"Message", error.message}})},
                   {"message", error.message}});
}

Json WithoutMetadata(const Json& expected) {
  Json::Object members = expected.object();
  members.Erase("ResponseMetadata");
  return Json(std::move(members));
}

struct Tally {
  int checked = 0;
  int equal = 0;
};

void Replay(const Json& trace, int* left_to_show, Tally* tally) {
  for (const Json& step : trace.Find("steps")->array()) {
    const Json* recorded = step.Find("expected");
    const std::string operation = Text(step, "op");
    if (recorded == nullptr || !recorded->is_object()) continue;
    const auto response = Call(operation, *step.Find("params"));
    if (!response) continue;
    RecordedComparison comparison(*trace.Find("transformers"));
    const Json expected = WithoutMetadata(*recorded);
    const Json actual = comparison.Normalise(AsRecorded(*response, operation, expected));
    ++tally->checked;
    if (comparison.Equal(expected, actual, operation)) {
      ++tally->equal;
      continue;
    }
    if (--*left_to_show < 0) continue;
    std::cout << Text(trace, "test") << "\n";
    for (const std::string& difference : comparison.differences()) {
      std::cout << "  " << difference << "\n";
    }
  }
}

int NumberIn(const char* variable) {
  const char* text = std::getenv(variable);
  return text == nullptr ? 0 : std::atoi(text);
}

TEST(StateApiTraces, AnswerAsRecorded) {
  const char* folder = std::getenv("SEGUE_CONFORMANCE_DIR");
  if (folder == nullptr) GTEST_SKIP() << "SEGUE_CONFORMANCE_DIR does not name the data";
  std::ifstream file(std::string(folder) + "/states_traces.jsonl");
  ASSERT_TRUE(file.good());
  const char* only = std::getenv("SEGUE_CONFORMANCE_ONLY");
  int left_to_show = NumberIn("SEGUE_CONFORMANCE_SHOW");
  Tally tally;
  for (std::string line; std::getline(file, line);) {
    const absl::StatusOr<Json> trace = Json::Parse(line);
    ASSERT_TRUE(trace.ok()) << trace.status();
    if (only != nullptr && Text(*trace, "test").find(only) == std::string::npos) continue;
    Replay(*trace, &left_to_show, &tally);
  }
  std::cout << "recorded responses: " << tally.checked << ", equal: " << tally.equal << "\n";
  if (only != nullptr) return;
  EXPECT_GE(tally.equal, tally.checked * 0.95);
  EXPECT_GT(tally.checked, 0);
}

}  // namespace
}  // namespace segue::testing
