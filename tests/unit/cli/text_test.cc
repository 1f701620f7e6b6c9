// The pure parts of the command: arguments, times, tables, documents, views, completion.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <yaml-cpp/yaml.h>

#include <boost/json/parse.hpp>

#include "clients/cli/text/arguments.h"
#include "clients/cli/text/batch_summary.h"
#include "clients/cli/text/completion.h"
#include "clients/cli/text/executions.h"
#include "clients/cli/text/services_text.h"
#include "clients/cpp/text/documents.h"
#include "clients/cpp/text/style.h"
#include "clients/cpp/text/table.h"
#include "clients/cpp/text/times.h"
#include "google/rpc/status.pb.h"

namespace segue::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(Arguments, WorkflowNameIsTheFileWithoutItsEndings) {
  const std::pair<const char*, const char*> rows[] = {
      {"order.asl.json", "order"},  {"flows/order.asl.yaml", "order"},
      {"/a/b/order.yaml", "order"}, {"order.json", "order"},
      {"order.yml", "order"},       {"order.v2.json", "order.v2"},
      {"order", "order"},           {".json", ".json"},
  };
  for (const auto& [path, name] : rows) EXPECT_EQ(WorkflowNameOf(path), name) << path;
}

TEST(Arguments, FormatFollowsTheEnding) {
  EXPECT_EQ(FormatOf("a.asl.json"), v1::DEFINITION_FORMAT_JSON);
  EXPECT_EQ(FormatOf("a.yml"), v1::DEFINITION_FORMAT_YAML);
  EXPECT_EQ(FormatOf("-"), v1::DEFINITION_FORMAT_UNSPECIFIED);
}

TEST(Arguments, WorkflowRef) {
  EXPECT_EQ(ParseWorkflowRef("order")->version, 0);
  EXPECT_EQ(ParseWorkflowRef("order@12")->version, 12);
  EXPECT_EQ(ParseWorkflowRef("order@12")->name, "order");
  for (const char* bad : {"", "@1", "order@", "order@0", "order@-1", "order@x"}) {
    EXPECT_FALSE(ParseWorkflowRef(bad).ok()) << bad;
  }
}

TEST(Arguments, Labels) {
  const auto labels = ParseLabels({"team=shop", "note=a=b", "empty="});
  ASSERT_TRUE(labels.ok());
  EXPECT_EQ(labels->at("note"), "a=b");
  EXPECT_EQ(labels->at("empty"), "");
  EXPECT_FALSE(ParseLabels({"team"}).ok());
  EXPECT_FALSE(ParseLabels({"=x"}).ok());
  EXPECT_FALSE(ParseLabels({"a=1", "a=2"}).ok());
}

TEST(Arguments, StatusInAnyCase) {
  EXPECT_EQ(*ParseExecutionStatus("timed_out"), v1::EXECUTION_STATUS_TIMED_OUT);
  EXPECT_EQ(*ParseExecutionStatus("FAILED"), v1::EXECUTION_STATUS_FAILED);
  EXPECT_THAT(ParseExecutionStatus("done").status().message(), HasSubstr("SUCCEEDED"));
}

TEST(Times, ParseDuration) {
  const std::pair<const char*, absl::Duration> rows[] = {
      {"250ms", absl::Milliseconds(250)}, {"1.5s", absl::Seconds(1.5)}, {"90", absl::Seconds(90)},
      {"0.5", absl::Milliseconds(500)},   {"1h30m", absl::Minutes(90)}, {"2d", absl::Hours(48)},
      {"1d12h", absl::Hours(36)},         {"0", absl::ZeroDuration()},
  };
  for (const auto& [text, duration] : rows) {
    ASSERT_TRUE(text::ParseDuration(text).ok()) << text;
    EXPECT_EQ(*text::ParseDuration(text), duration) << text;
  }
  for (const char* bad : {"", "-1s", "-1", "1x", "inf", "nan", "d", "1d1", "soon"}) {
    EXPECT_FALSE(text::ParseDuration(bad).ok()) << bad;
  }
}

TEST(Times, ParseTime) {
  const absl::Time now = absl::FromUnixSeconds(1'700'000'000);
  EXPECT_EQ(*text::ParseTime("10m", now, text::Direction::kFuture), now + absl::Minutes(10));
  EXPECT_EQ(*text::ParseTime("10m", now, text::Direction::kPast), now - absl::Minutes(10));
  EXPECT_EQ(*text::ParseTime("2023-11-14T22:13:20Z", absl::Time(), text::Direction::kPast), now);
  EXPECT_FALSE(text::ParseTime("yesterday", now, text::Direction::kPast).ok());
}

TEST(Times, ShortDuration) {
  const std::pair<absl::Duration, const char*> rows[] = {
      {absl::ZeroDuration(), "0s"},
      {absl::Microseconds(870), "870us"},
      {absl::Milliseconds(12.34), "12.3ms"},
      {absl::Seconds(1.25), "1.25s"},
      {absl::Seconds(200), "3m20s"},
      {absl::Minutes(125), "2h05m"},
      {absl::Hours(99), "4d03h"},
      {absl::Seconds(-1), "0s"},
      {absl::Nanoseconds(999'900), "1ms"},
  };
  for (const auto& [duration, text] : rows) EXPECT_EQ(text::ShortDuration(duration), text);
}

TEST(Style, FitCutsByCodePointsAndHidesControls) {
  EXPECT_EQ(text::Fit("short", 10), "short");
  EXPECT_EQ(text::Fit("abcdef", 4), "abc…");
  EXPECT_EQ(text::Fit("äöüß", 3), "äö…");
  EXPECT_EQ(text::Fit("a\x1b[2Jb\nc", 20), "a [2Jb c");
  EXPECT_EQ(text::Fit("abc", 0), "");
}

TEST(Style, LineIsCutByWhatIsSeen) {
  text::Line line;
  line.Add("abc", text::Color::kRed).Add("defg");
  EXPECT_EQ(line.Render(0, text::ColorMode::kOff), "abcdefg");
  EXPECT_EQ(line.Render(5, text::ColorMode::kOn), "\x1b[31mabc\x1b[0md…");
}

TEST(Table, AlignsColumns) {
  text::Table table({{"NAME"}, {"COUNT", text::Align::kRight}, {"NOTE"}});
  table.Add({"a", "5", "x"});
  table.Add({"long-name", "1234567", ""});
  EXPECT_EQ(table.Render(0, text::ColorMode::kOff),
            "NAME         COUNT  NOTE\n"
            "a                5  x\n"
            "long-name  1234567  \n");
}

TEST(Documents, JsonIsProtobufsInFieldOrder) {
  v1::Execution execution;
  execution.set_execution_id("e1");
  execution.set_version(7);
  execution.set_status(v1::EXECUTION_STATUS_FAILED);
  execution.mutable_error()->set_error("X");
  EXPECT_EQ(text::PrettyJson(text::ToJson(execution)),
            "{\n  \"executionId\": \"e1\",\n  \"version\": \"7\",\n"
            "  \"status\": \"EXECUTION_STATUS_FAILED\",\n"
            "  \"error\": {\n    \"error\": \"X\"\n  }\n}\n");
  EXPECT_EQ(text::CompactJson(boost::json::parse(R"({"a":[1,0.5,{}],"b":"c"})")),
            "{\"a\":[1,0.5,{}],\"b\":\"c\"}\n");
}

TEST(Documents, ListsAreThereAlthoughEmpty) {
  EXPECT_EQ(text::CompactJson(text::ToJsonList(v1::WatchExecutionResponse(), "events")),
            "{\"events\":[]}\n");
}

TEST(Documents, YamlReadsBackAsTheSame) {
  const char* texts[] = {"plain",     "true", "12",    "1.5",        "null",         "",
                         "a: b",      "- x",  "#c",    "two\nlines", "two\nlines\n", " lead\nx",
                         "trail \nx", "~",    "x\n\n", "tab\there",  "quote\"d",     "ümlaut",
                         "no",        "{}",   "a\n\nb"};
  boost::json::array list;
  for (const char* text : texts) list.emplace_back(text);
  const boost::json::value document = boost::json::object{
      {"list", list}, {"empty", boost::json::array()}, {"deep", {{"x", {{"y", 1.5}}}}}};
  const YAML::Node node = YAML::Load(text::Yaml(document));
  ASSERT_EQ(node["list"].size(), std::size(texts));
  for (size_t i = 0; i < std::size(texts); ++i) {
    EXPECT_EQ(node["list"][i].as<std::string>(), texts[i]) << text::Yaml(document);
  }
  EXPECT_EQ(node["deep"]["x"]["y"].as<double>(), 1.5);
  EXPECT_EQ(node["empty"].size(), 0u);
}

TEST(Documents, EnumNames) {
  EXPECT_EQ(text::EnumName(v1::EXECUTION_STATUS_TIMED_OUT), "TIMED_OUT");
  EXPECT_EQ(text::EnumName(v1::LIMIT_KIND_RATE), "RATE");
  EXPECT_EQ(text::EnumName(static_cast<v1::LimitKind>(77)), "77");
}

v1::Execution ExecutionWithBranches() {
  v1::Execution execution;
  execution.set_execution_id("e1");
  execution.set_workflow("order");
  execution.set_version(3);
  execution.set_status(v1::EXECUTION_STATUS_RUNNING);
  execution.mutable_start_time()->set_seconds(100);
  v1::Branch* root = execution.add_branches();
  root->set_branch_id(1);
  root->set_state_name("Lines");
  root->set_status(v1::BRANCH_STATUS_JOINING);
  for (int i = 0; i < 2; ++i) {
    v1::Branch* child = execution.add_branches();
    child->set_branch_id(2 + i);
    child->set_parent_branch_id(1);
    child->set_index(i);
    child->set_state_name("Charge");
    child->set_status(v1::BRANCH_STATUS_QUEUED);
    child->mutable_waiting_on()->set_service("payment");
    child->mutable_waiting_on()->set_limit(v1::LIMIT_KIND_RATE);
    child->mutable_waiting_on()->set_position(i + 1);
    child->mutable_waiting_on()->mutable_expected_start_time()->set_seconds(112);
  }
  execution.set_branch_count(2'000);
  return execution;
}

TEST(Executions, BranchesAreATreeThatSaysWhyItWaits) {
  TextOptions options;
  options.now = absl::FromUnixSeconds(110);
  const std::string text = ExecutionText(ExecutionWithBranches(), options);
  EXPECT_THAT(text, HasSubstr("Workflow:   order@3\n"));
  EXPECT_THAT(text, HasSubstr("  Lines JOINING\n"
                              "    #0 Charge QUEUED for payment, limit RATE, position 1, starts "
                              "in 2s\n    #1 Charge"));
  EXPECT_THAT(text, HasSubstr("… and 1997 more"));
}

TEST(Executions, LiveViewFitsTheScreen) {
  LiveView view;
  view.execution = ExecutionWithBranches();
  for (int i = 1; i <= 100; ++i) {
    v1::HistoryEvent event;
    event.set_id(i);
    event.set_type("TaskFailed");
    event.set_error("Grpc.Unavailable");
    event.set_cause(std::string(500, 'x'));
    view.recent.push_back(event);
  }
  TextOptions options;
  options.width = 60;
  options.now = absl::FromUnixSeconds(110);
  for (const int height : {8, 10, 24, 50}) {
    options.height = height;
    const std::vector<std::string> lines = RenderLiveView(view, options);
    EXPECT_LE(lines.size(), static_cast<size_t>(height));
    for (const std::string& line : lines) EXPECT_LE(text::DisplayWidth(line), 60) << line;
    EXPECT_THAT(lines.front(), HasSubstr("e1  order@3  RUNNING"));
    EXPECT_THAT(lines.back(), HasSubstr("100"));
  }
}

TEST(Executions, EventLine) {
  v1::HistoryEvent event;
  event.set_id(5);
  event.mutable_time()->set_seconds(1'700'000'000);
  event.set_type("TaskFailed");
  event.set_state_name("Charge");
  event.set_error("Grpc.Unavailable");
  event.set_cause("no\nroute");
  event.set_attempt(2);
  EXPECT_EQ(EventLine(event, {}).Render(0, text::ColorMode::kOff),
            "22:13:20.000  5     TaskFailed                Charge  attempt 2 Grpc.Unavailable: no "
            "route");
}

TEST(Services, TableShowsWhatTheDefaultsMean) {
  v1::Service service;
  service.set_name("payment");
  service.set_connector(v1::CONNECTOR_KIND_GRPC);
  service.mutable_budget()->set_rate_per_second(50);
  service.mutable_budget()->set_max_concurrency(8);
  service.mutable_usage()->set_slots_in_use(3);
  const std::string table = ServicesTable({service}, {});
  EXPECT_THAT(table, ::testing::ContainsRegex("payment +GRPC +50/s +50 +60s +3/8 +0"));
}

TEST(BatchSummary, CountsOutcomesAndErrors) {
  BatchSummary summary(absl::FromUnixSeconds(1'000));
  v1::SubmitWorkflowsResponse answer;
  for (int i = 0; i < 4; ++i) {
    answer.mutable_accepted();
    summary.Take(answer);
    v1::Execution& closed = *answer.mutable_closed();
    closed.set_status(i == 0 ? v1::EXECUTION_STATUS_FAILED : v1::EXECUTION_STATUS_SUCCEEDED);
    if (i == 0) closed.mutable_error()->set_error("OutOfStock");
    closed.mutable_start_time()->set_seconds(1'000);
    closed.mutable_end_time()->set_seconds(1'001 + i);
    summary.Take(answer);
  }
  answer.mutable_error()->set_message("no such workflow");
  summary.Take(answer);
  const absl::Time now = absl::FromUnixSeconds(1'010);
  EXPECT_EQ(summary.closed(v1::EXECUTION_STATUS_SUCCEEDED), 3);
  EXPECT_EQ(summary.Progress(now).Render(0, text::ColorMode::kOff),
            "accepted 4  refused 1  open 0  SUCCEEDED 3  FAILED 1  10s");
  const auto document = summary.Document(now);
  EXPECT_EQ(document.at("errors").at("OutOfStock").to_number<int>(), 1);
  EXPECT_EQ(document.at("durationSeconds").at("max").to_number<double>(), 4);
  EXPECT_THAT(summary.Render(now, text::ColorMode::kOff), HasSubstr("OutOfStock"));
}

CommandSpec Spec() {
  CommandSpec root{.name = "segue"};
  root.options.push_back({{"-o", "--output"}, "How", Takes::kChoice, {"table", "json"}});
  CommandSpec set{.name = "set", .help = "Change it; don't ask"};
  set.options.push_back({{"--rate"}, "Rate", Takes::kValue, {}});
  CommandSpec budget{.name = "budget", .help = "Budgets"};
  budget.commands.push_back(set);
  CommandSpec apply{.name = "apply", .help = "Apply"};
  apply.options.push_back({{"-f", "--file"}, "File", Takes::kFile, {}});
  root.commands = {apply, budget};
  return root;
}

TEST(Completion, Bash) {
  const std::string script = BashCompletion(Spec());
  EXPECT_THAT(script, HasSubstr("'segue apply'|'segue budget'|'segue budget set') at="));
  EXPECT_THAT(script, HasSubstr("-o|--output) COMPREPLY=($(compgen -W 'table json'"));
  EXPECT_THAT(script, HasSubstr("-f|--file) COMPREPLY=($(compgen -f"));
  EXPECT_THAT(script,
              HasSubstr("'segue budget set') COMPREPLY=($(compgen -W '--rate -o --output'"));
}

TEST(Completion, ZshAndFish) {
  EXPECT_THAT(ZshCompletion(Spec()), HasSubstr("'set:Change it; don'\\''t ask'"));
  EXPECT_THAT(FishCompletion(Spec()),
              HasSubstr("complete -c segue -n \"__segue_at 'segue apply'\" -s f -l file -r -F"));
}

}  // namespace
}  // namespace segue::cli
