#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "server/api/states/history.h"
#include "server/engine/aws_text.h"
#include "server/language/parse.h"
#include "tests/conformance/recorded_comparison.h"
#include "tests/support/engine_driver.h"

// Runs the executions that were recorded from AWS (states_cases.jsonl in SEGUE_CONFORMANCE_DIR) on
// the engine, as far as they need nothing else, and compares outcome and history.
// SEGUE_CONFORMANCE_SHOW=N shows the first N disagreements; SEGUE_CONFORMANCE_ONLY=text runs the
// cases whose id contains it.

namespace segue::testing {
namespace {

std::string Text(const Json& record, std::string_view name) {
  const std::string* text = record.FindString(name);
  return text == nullptr ? "" : *text;
}

bool IsNothing(const Json* value) { return value == nullptr || value->is_null(); }

struct Verdict {
  bool parsed = false;
  bool outcome = false;
  bool has_history = false;
  bool types = false;
  bool history = false;
  std::vector<std::string> differences;
};

EngineDriver::Options OptionsOf(const Json& record) {
  const Json& create = *record.Find("create_params");
  const std::string arn = Text(record, "start_fake_arn");
  EngineDriver::Options options;
  options.workflow_name = Text(create, "name");
  options.id = arn.substr(arn.rfind(':') + 1);
  options.names.role = Text(create, "roleArn");
  options.names.workflow =
      "arn:aws:states:us-east-1:111111111111:stateMachine:" + options.workflow_name;
  options.names.execution =
      "arn:aws:states:us-east-1:111111111111:execution:" + options.workflow_name + ":" + options.id;
  if (Text(record, "api") == "StartSyncExecution") {
    options.names.execution =
        "arn:aws:states:us-east-1:111111111111:express:" + options.workflow_name + ":" +
        options.id + ":1";
  }
  if (Text(record, "type") == "EXPRESS") options.type = engine::ExecutionType::kExpress;
  return options;
}

void CompareOutcome(const Json& record, const engine::Execution& execution, Verdict& verdict) {
  RecordedComparison comparison(*record.Find("transformers"));
  Json actual = Json::Of({{"status", engine::AwsStatusName(execution.status)}});
  if (execution.status == engine::ExecutionStatus::kSucceeded) {
    actual = actual.With("output", execution.output.Dump());
  }
  if (execution.error && !execution.error->name.empty()) {
    actual = actual.With("error", execution.error->name);
  }
  if (execution.error && !execution.error->cause.empty()) {
    actual = actual.With("cause", execution.error->cause);
  }
  Json expected = Json::Of({{"status", *record.Find("expected_status")}});
  for (const std::string name : {"output", "error", "cause"}) {
    const Json* value = record.Find("expected_" + name);
    if (!IsNothing(value)) expected = expected.With(name, *value);
  }
  verdict.outcome = comparison.Equal(expected, comparison.Normalise(actual), "outcome");
  verdict.differences = comparison.differences();
}

std::vector<std::string> TypesOf(const Json& events) {
  std::vector<std::string> types;
  for (const Json& event : events.array()) types.push_back(Text(event, "type"));
  return types;
}

void CompareHistory(const Json& record, const EngineDriver& driver, Verdict& verdict) {
  const Json* expected = record.Find("expected_history");
  if (IsNothing(expected)) return;
  verdict.has_history = true;
  RecordedComparison comparison(*record.Find("transformers"));
  const api::states::HistoryNames names{
      .region = "us-east-1",
      .input = driver.execution().input_text,
      .role = driver.execution().names.role,
      .map_runs =
          "arn:aws:states:us-east-1:111111111111:mapRun:" + driver.execution().workflow + "/",
  };
  Json::Array events;
  for (const engine::HistoryEvent& event : driver.history()) {
    events.push_back(HistoryEventJson(event, names, api::states::ExecutionData::kInclude));
  }
  const Json* parameters = record.Find("history_params");
  if (!IsNothing(parameters) && parameters->Find("reverseOrder") != nullptr) {
    std::reverse(events.begin(), events.end());
  }
  Json actual = comparison.Normalise(Json(std::move(events)));
  Json wanted = *expected;
  if (comparison.ignores_order_in_parallel()) {
    actual = SortParallelEvents(actual);
    wanted = SortParallelEvents(wanted);
  }
  verdict.types = TypesOf(wanted) == TypesOf(actual);
  verdict.history = comparison.Equal(wanted, actual, "history");
  if (!verdict.types) {
    std::string types = "types";
    for (const std::string& type : TypesOf(actual)) types += " " + type;
    verdict.differences.push_back(types);
  }
  verdict.differences.insert(verdict.differences.end(), comparison.differences().begin(),
                             comparison.differences().end());
}

Verdict RunCase(const Json& record) {
  Verdict verdict;
  const Json* raw = record.Find("definition_raw");
  const std::string definition = IsNothing(raw) ? record.Find("definition")->Dump() : raw->string();
  const language::ParseResult parsed = language::ParseWorkflow(definition);
  if (parsed.workflow == nullptr) {
    for (const language::Fault& fault : parsed.faults) {
      verdict.differences.push_back(fault.position.pointer + ": " + fault.message);
    }
    return verdict;
  }
  verdict.parsed = true;
  EngineDriver driver(parsed.workflow, Text(record, "input"), Scripted({}), OptionsOf(record));
  driver.Run();
  CompareOutcome(record, driver.execution(), verdict);
  CompareHistory(record, driver, verdict);
  return verdict;
}

bool IsForTheEngine(const Json& record) {
  const Json::Array& needs = record.Find("requires")->array();
  return needs.size() == 1 && needs[0] == Json("none") &&
         !IsNothing(record.Find("expected_status")) && !record.Find("dynamic")->bool_value();
}

struct Tally {
  int64_t good = 0;
  int64_t all = 0;
  void Add(bool is_good) {  // lint: allow(bool): the value itself
    good += is_good ? 1 : 0;
    ++all;
  }
  double percent() const {
    return all == 0 ? 0 : 100.0 * static_cast<double>(good) / static_cast<double>(all);
  }
};

std::ostream& operator<<(std::ostream& out, const Tally& tally) {
  return out << tally.good << " of " << tally.all << " (" << tally.percent() << " %)";
}

TEST(EngineCasesTest, AgreesWithWhatAwsRecorded) {
  const char* directory = std::getenv("SEGUE_CONFORMANCE_DIR");
  if (directory == nullptr) GTEST_SKIP() << "SEGUE_CONFORMANCE_DIR is not set";
  const char* show_text = std::getenv("SEGUE_CONFORMANCE_SHOW");
  const char* only = std::getenv("SEGUE_CONFORMANCE_ONLY");
  int show = show_text == nullptr ? 0 : std::atoi(show_text);
  std::ifstream file(std::string(directory) + "/states_cases.jsonl");
  ASSERT_TRUE(file.is_open());
  Tally outcomes, types, histories;
  for (std::string line; std::getline(file, line);) {
    const Json record = Json::Parse(line).value();
    const std::string id = Text(record, "case_id");
    if (!IsForTheEngine(record)) continue;
    if (only != nullptr && id.find(only) == std::string::npos) continue;
    SCOPED_TRACE(id);
    const Verdict verdict = RunCase(record);
    outcomes.Add(verdict.outcome);
    if (!IsNothing(record.Find("expected_history"))) {
      types.Add(verdict.types);
      histories.Add(verdict.history);
    }
    if (verdict.differences.empty() || show-- <= 0) continue;
    std::cout << "--- " << id << "\n";
    for (const std::string& difference : verdict.differences) std::cout << difference << "\n";
  }
  std::cout << "outcomes  " << outcomes << "\ntypes     " << types << "\nhistories " << histories
            << "\n";
  if (only != nullptr) return;
  EXPECT_GE(outcomes.percent(), 99);
  EXPECT_GE(types.percent(), 98);
  EXPECT_GE(histories.percent(), 95);
}

}  // namespace
}  // namespace segue::testing
