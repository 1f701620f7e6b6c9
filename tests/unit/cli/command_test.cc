// The whole command, in process, against a fake server without a socket.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "clients/cli/app.h"
#include "tests/unit/cli/fake_segue.h"

namespace segue::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

class CommandTest : public ::testing::Test {
 protected:
  CommandTest() {
    dir_ = std::filesystem::path(::testing::TempDir()) /
           ::testing::UnitTest::GetInstance()->current_test_info()->name();
    std::filesystem::create_directories(dir_);
  }
  ~CommandTest() override { std::filesystem::remove_all(dir_); }

  ExitCode Call(const std::vector<std::string>& arguments, const std::string& input = "") {
    std::istringstream in(input);
    std::ostringstream out;
    std::ostringstream err;
    Environment environment{.in = in, .out = out, .err = err};
    environment.out_stream = out_stream_;
    environment.screen = [] { return ScreenSize{}; };
    environment.now = [] { return absl::FromUnixSeconds(1'700'000'010); };
    environment.variable = [](const std::string&) { return std::string(); };
    environment.uuid = [this] { return "uuid-" + std::to_string(++uuids_); };
    environment.connect =
        [this](
            const client::ConnectOptions& options,
            const client::CallPolicy& policy) -> absl::StatusOr<std::unique_ptr<client::Client>> {
      address_ = options.address;
      return fake_.Connect(policy);
    };
    environment.on_interrupt = [](std::function<void()>) {};
    environment.run = [this](const std::string& program, const std::vector<std::string>& words) {
      ran_ = {program};
      ran_.insert(ran_.end(), words.begin(), words.end());
      return runs_end_with_;
    };
    const ExitCode code = cli::Run(arguments, environment);
    out_ = out.str();
    err_ = err.str();
    return code;
  }

  std::string File(const std::string& name, const std::string& text) {
    std::ofstream(dir_ / name) << text;
    return dir_ / name;
  }

  boost::json::value Json() { return boost::json::parse(out_); }

  FakeSegue fake_;
  std::filesystem::path dir_;
  Stream out_stream_ = Stream::kOther;
  int uuids_ = 0;
  std::vector<std::string> ran_;
  std::optional<int> runs_end_with_ = 0;
  std::string out_;
  std::string err_;
  std::string address_;
};

TEST_F(CommandTest, AWordThatIsNoCommandIsNamedWithTheOneThatWasMeant) {
  EXPECT_EQ(Call({"subit", "order"}), ExitCode::kUsage);
  EXPECT_THAT(err_, StartsWith("error: there is no command subit; did you mean 'submit'?\n"));
  EXPECT_EQ(Call({"-o", "json", "frobnicate"}), ExitCode::kUsage);
  EXPECT_THAT(err_, StartsWith("error: there is no command frobnicate\n"));
  EXPECT_EQ(Call({}), ExitCode::kUsage);
  EXPECT_THAT(err_, StartsWith("error: a command is missing\n"));
}

TEST_F(CommandTest, UsageErrorsExitWithOne) {
  EXPECT_EQ(Call({}), ExitCode::kUsage);
  EXPECT_EQ(Call({"nonsense"}), ExitCode::kUsage);
  EXPECT_EQ(Call({"list", "-o", "xml"}), ExitCode::kUsage);
  const std::vector<std::vector<std::string>> calls = {
      {"budget", "set", "payment"},
      {"budget", "set", "payment", "--timeout", "soon"},
      {"list", "--since", "whenever"},
      {"list", "--label", "nothing"},
      {"list", "--call-timeout", "soon"},
      {"submit", "ok", "--label", "nothing"},
      {"submit", "ok", "--deadline", "whenever"},
      {"submit", "ok", "--wait", "--timeout", "soon"},
      {"submit", "ok", "--input-file", "/nowhere.json"},
      {"submit", "ok", "--input-lines", "/nowhere.jsonl"},
      {"validate", "-f", "/nowhere.json"},
      {"wait", "e1", "--timeout", "soon"},
      {"workflows", "get", "name@x"},
  };
  for (const std::vector<std::string>& call : calls) {
    EXPECT_EQ(Call(call), ExitCode::kUsage) << call[0] << " " << call.back() << ": " << err_;
    EXPECT_NE(err_, "") << call[0] << " " << call.back();
  }
  EXPECT_TRUE(fake_.submits.empty());
  EXPECT_EQ(Call({"--help"}), ExitCode::kSucceeded);
  EXPECT_THAT(out_, HasSubstr("7    the wait timed out"));
  EXPECT_EQ(Call({"--version"}), ExitCode::kSucceeded);
}

TEST_F(CommandTest, ApplySaysWhatChanged) {
  const std::string file = File("order.asl.json", "{}");
  ASSERT_EQ(Call({"apply", "-f", file, "-o", "table"}), ExitCode::kSucceeded) << err_;
  EXPECT_EQ(out_, "order version 1 created\n");
  Call({"apply", "-f", file, "-o", "table"});
  EXPECT_EQ(out_, "order version 1 unchanged\n");
  File("order.asl.json", "{ }");
  Call({"-o", "json", "apply", "-f", file});
  EXPECT_EQ(Json().at("results").at(0).at("workflow").at("version"), "2");
  EXPECT_EQ(Json().at("results").at(0).at("changed"), true);
  EXPECT_EQ(fake_.workflows["order"].definition_format(), v1::DEFINITION_FORMAT_JSON);
}

TEST_F(CommandTest, ApplyGoesOnAfterAFaultyFile) {
  const std::string bad = File("bad.yaml", "BAD");
  const std::string good = File("good.yaml", "x");
  EXPECT_EQ(Call({"apply", "-f", bad, "-f", good, "-o", "table"}), ExitCode::kRefused);
  EXPECT_THAT(err_, StartsWith(bad + ":3:7: there is no state 'B' [UNKNOWN_STATE]"));
  EXPECT_EQ(out_, "good version 1 created\n");
  EXPECT_EQ(Call({"apply", "-f", "/nowhere.json"}), ExitCode::kUsage);
  EXPECT_THAT(err_, HasSubstr("cannot read /nowhere.json: No such file"));
  EXPECT_EQ(Call({"apply", "-f", dir_}), ExitCode::kUsage);
}

TEST_F(CommandTest, ValidateReportsEveryFault) {
  const std::string bad = File("bad.yaml", "BAD");
  EXPECT_EQ(Call({"validate", "-f", bad}), ExitCode::kRefused);
  EXPECT_THAT(err_, StartsWith(bad + ":3:7: there is no state 'B' [UNKNOWN_STATE]"));
  EXPECT_EQ(Json().at("results").at(0).at("faults").at(0).at("line"), 3);
  EXPECT_EQ(Call({"validate", "-f", "-"}, "fine"), ExitCode::kSucceeded);
}

TEST_F(CommandTest, SubmitMapsItsArguments) {
  ASSERT_EQ(Call({"submit", "order@2", "--input", "{\"a\":1}", "--id", "my-id", "--priority", "9",
                  "--deadline", "10m", "-l", "a=b", "-l", "c=d", "--express"}),
            ExitCode::kSucceeded)
      << err_;
  EXPECT_EQ(Json().at("executionId"), "my-id");
  const v1::SubmitWorkflowRequest& request = fake_.submits.at(0);
  EXPECT_EQ(request.workflow(), "order");
  EXPECT_EQ(request.version(), 2);
  EXPECT_EQ(request.input(), "{\"a\":1}");
  EXPECT_EQ(request.priority(), 9);
  EXPECT_EQ(request.deadline().seconds(), 1'700'000'610);
  EXPECT_EQ(request.labels().at("c"), "d");
  EXPECT_EQ(request.type(), v1::EXECUTION_TYPE_EXPRESS);
  EXPECT_EQ(request.request_id(), "");
}

TEST_F(CommandTest, SubmitWithoutIdsGetsARequestIdAndIsRepeated) {
  fake_.fail_submits = 2;
  ASSERT_EQ(Call({"submit", "order", "--input-file", "-"}, "[1]"), ExitCode::kSucceeded) << err_;
  EXPECT_EQ(fake_.submits.at(0).request_id(), "uuid-1");
  EXPECT_EQ(fake_.submits.at(0).input(), "[1]");
}

TEST_F(CommandTest, SubmitInline) {
  const std::string file = File("flow.yaml", "StartAt: A");
  ASSERT_EQ(Call({"submit", "-f", file}), ExitCode::kSucceeded) << err_;
  EXPECT_EQ(fake_.submits.at(0).inline_definition().definition(), "StartAt: A");
  EXPECT_EQ(fake_.submits.at(0).inline_definition().definition_format(),
            v1::DEFINITION_FORMAT_YAML);
  EXPECT_EQ(Call({"submit"}), ExitCode::kUsage);
  EXPECT_THAT(err_, HasSubstr("WORKFLOW"));
}

TEST_F(CommandTest, WaitExitsByOutcome) {
  fake_.endings = {{"ok", {v1::EXECUTION_STATUS_SUCCEEDED, ""}},
                   {"bad", {v1::EXECUTION_STATUS_FAILED, "OutOfStock"}},
                   {"late", {v1::EXECUTION_STATUS_TIMED_OUT, "States.Timeout"}},
                   {"gone", {v1::EXECUTION_STATUS_CANCELLED, "Cancelled"}}};
  fake_.fail_waits = 1;
  EXPECT_EQ(Call({"submit", "ok", "--wait"}), ExitCode::kSucceeded) << err_;
  EXPECT_EQ(Json().at("status"), "EXECUTION_STATUS_SUCCEEDED");
  EXPECT_EQ(Call({"submit", "bad", "--wait"}), ExitCode::kFailed);
  EXPECT_EQ(Call({"submit", "late", "--wait"}), ExitCode::kTimedOut);
  EXPECT_EQ(Call({"submit", "gone", "--wait"}), ExitCode::kCancelled);
  EXPECT_EQ(Call({"submit", "runs", "--wait", "--timeout", "0"}), ExitCode::kWaitTimedOut);
  EXPECT_THAT(err_, HasSubstr("goes on: segue watch e5"));
}

TEST_F(CommandTest, WatchResumesWithoutMissingOrRepeatingEvents) {
  fake_.endings = {{"ok", {}}};
  fake_.break_watch_after = {1, 2};
  EXPECT_EQ(Call({"submit", "ok", "--watch"}), ExitCode::kSucceeded) << err_;
  ASSERT_EQ(fake_.watches.size(), 3u);
  EXPECT_EQ(fake_.watches[1].resume_token(), "1");
  EXPECT_EQ(fake_.watches[2].resume_token(), "3");
  EXPECT_EQ(std::count(out_.begin(), out_.end(), '\n'), 5) << out_;
  EXPECT_THAT(out_, HasSubstr("PassStateEntered          Step"));
  EXPECT_THAT(out_, HasSubstr("SUCCEEDED after 2s\n"));
}

TEST_F(CommandTest, WatchDrawsOnATerminalAndPrintsMessagesOnRequest) {
  fake_.endings = {{"bad", {v1::EXECUTION_STATUS_FAILED, "OutOfStock"}}};
  Call({"submit", "bad"});
  EXPECT_EQ(Call({"watch", "e1", "-o", "json"}), ExitCode::kFailed);
  EXPECT_THAT(out_, StartsWith("{\"execution\":{\"executionId\":\"e1\""));
  out_stream_ = Stream::kTerminal;
  EXPECT_EQ(Call({"watch", "e1"}), ExitCode::kFailed);
  EXPECT_THAT(out_, HasSubstr("\x1b[K"));
  EXPECT_THAT(out_, HasSubstr("OutOfStock"));
  EXPECT_EQ(fake_.watches.back().view(), v1::EXECUTION_VIEW_FULL);
}

TEST_F(CommandTest, InputLinesSurviveABrokenStream) {
  fake_.endings = {{"ok", {}}};
  fake_.break_stream_after = {2};
  EXPECT_EQ(Call({"submit", "ok", "--input-lines", "-", "--wait"}, "1\n\n2\n3\n4\n"),
            ExitCode::kSucceeded)
      << err_;
  EXPECT_EQ(fake_.executions.size(), 4u);
  EXPECT_EQ(fake_.executions[3].input(), "4");
  EXPECT_EQ(fake_.submits[1].request_id(), "uuid-1-3");
  EXPECT_EQ(Json().at("accepted"), 4);
  EXPECT_EQ(Json().at("closed").at("SUCCEEDED"), 4);
}

TEST_F(CommandTest, InputLinesNameTheLineThatWasRefused) {
  EXPECT_EQ(Call({"submit", "ok", "--input-lines", "-", "-o", "table"}, "1\nBAD\n"),
            ExitCode::kRefused);
  EXPECT_THAT(err_, HasSubstr("-:2: the input is not JSON"));
  EXPECT_THAT(out_, HasSubstr("Refused:    1"));
}

TEST_F(CommandTest, ListFiltersAndFollowsPages) {
  Call({"submit", "a"});
  Call({"submit", "b"});
  ASSERT_EQ(Call({"list", "--all", "--status", "running,FAILED", "--since", "1h", "-l", "x=y"}),
            ExitCode::kSucceeded)
      << err_;
  EXPECT_EQ(Json().at("executions").as_array().size(), 2u);
  ASSERT_EQ(fake_.lists.size(), 2u);
  const v1::ExecutionFilter& filter = fake_.lists[1].filter();
  EXPECT_EQ(filter.statuses_size(), 2);
  EXPECT_EQ(filter.start_time_after().seconds(), 1'700'000'010 - 3600);
  EXPECT_EQ(Call({"list", "-o", "table"}), ExitCode::kSucceeded);
  EXPECT_THAT(err_, HasSubstr("--page-token 1"));
  EXPECT_THAT(out_, Not(HasSubstr("\x1b[")));
}

TEST_F(CommandTest, NotFoundHasAHint) {
  EXPECT_EQ(Call({"get", "nobody"}), ExitCode::kRefused);
  EXPECT_EQ(err_,
            "error: execution 'nobody' does not exist\nhint: 'segue list' shows what there is; "
            "executions that ended are kept for a while only\n");
  EXPECT_EQ(Call({"watch", "nobody"}), ExitCode::kRefused);
  EXPECT_EQ(Call({"history", "nobody"}), ExitCode::kRefused);
}

TEST_F(CommandTest, DoctorTellsWhatTheServerCouldNotRead) {
  EXPECT_EQ(Call({"doctor", "-o", "table"}), ExitCode::kSucceeded) << err_;
  EXPECT_THAT(out_, HasSubstr("has read all that it needed"));
  v1::StoreFault& fault = fake_.store_faults.emplace_back();
  fault.set_record("workflow order/2");
  fault.set_fault("its record cannot be parsed");
  EXPECT_EQ(Call({"doctor", "-o", "table"}), ExitCode::kUsage);
  EXPECT_THAT(out_, HasSubstr("workflow order/2  its record cannot be parsed"));
  EXPECT_THAT(out_, HasSubstr("segue doctor --data-dir DIR"));
  EXPECT_EQ(Call({"doctor"}), ExitCode::kUsage);
  EXPECT_EQ(Json().at("storeFaults").at(0).at("record"), "workflow order/2");
}

TEST_F(CommandTest, DoctorHasADirectoryChecked) {
  EXPECT_EQ(Call({"doctor", "--data-dir", dir_}), ExitCode::kSucceeded) << err_;
  EXPECT_THAT(ran_, ::testing::ElementsAre("segued", "--check", "--data-dir", dir_.string()));
  runs_end_with_ = 1;
  EXPECT_EQ(Call({"doctor", "--data-dir", dir_}), ExitCode::kUsage);
  runs_end_with_.reset();
  EXPECT_EQ(Call({"doctor", "--data-dir", dir_}), ExitCode::kUsage);
  EXPECT_THAT(err_, HasSubstr("segued cannot be started"));
  EXPECT_EQ(Call({"doctor", "--data-dir", "/nowhere"}), ExitCode::kUsage);
}

TEST_F(CommandTest, CancelGetHistoryInfo) {
  Call({"submit", "a"});
  EXPECT_EQ(Call({"get", "e1", "-o", "table"}), ExitCode::kSucceeded);
  EXPECT_THAT(out_, HasSubstr("Status:     RUNNING"));
  EXPECT_EQ(Call({"cancel", "e1", "--reason", "why not"}), ExitCode::kSucceeded);
  EXPECT_EQ(fake_.cancels[0].reason(), "why not");
  EXPECT_EQ(Call({"redrive", "e1", "--request-id", "r"}), ExitCode::kSucceeded);
  EXPECT_EQ(fake_.redrives[0].request_id(), "r");
  EXPECT_EQ(Call({"redrive", "nobody"}), ExitCode::kRefused);
  EXPECT_EQ(Call({"history", "e1"}), ExitCode::kSucceeded);
  EXPECT_EQ(Json().at("events").as_array().size(), 4u);
  EXPECT_EQ(Call({"info", "-o", "yaml", "--address", "there:1"}), ExitCode::kSucceeded);
  EXPECT_EQ(out_, "version: \"9.9.9\"\nstore: memory\n");
  EXPECT_EQ(address_, "there:1");
}

TEST_F(CommandTest, WorkflowsFamily) {
  Call({"apply", "-f", File("a.json", "{}"), "-f", File("b.json", "{ }")});
  EXPECT_EQ(Call({"workflows", "--all"}), ExitCode::kSucceeded) << err_;
  EXPECT_EQ(Json().at("workflows").as_array().size(), 2u);
  EXPECT_EQ(Call({"workflows", "get", "b", "--definition"}), ExitCode::kSucceeded);
  EXPECT_EQ(out_, "{ }");
  EXPECT_EQ(Call({"workflows", "get", "c"}), ExitCode::kRefused);
}

TEST_F(CommandTest, BudgetChangesOnlyWhatIsGiven) {
  ASSERT_EQ(Call({"budget", "set", "payment", "--rate", "0", "--timeout", "1.5s"}),
            ExitCode::kSucceeded)
      << err_;
  const v1::UpdateServiceBudgetRequest& request = fake_.budgets.at(0);
  EXPECT_THAT(request.update_mask().paths(), ::testing::ElementsAre("rate_per_second", "timeout"));
  EXPECT_EQ(request.budget().timeout().nanos(), 500'000'000);
  EXPECT_EQ(Call({"services"}), ExitCode::kSucceeded);
  EXPECT_EQ(Json().at("services").at(0).at("name"), "payment");
}

TEST_F(CommandTest, CompletionScriptsAreValid) {
  for (const char* shell : {"bash", "zsh", "fish"}) {
    EXPECT_EQ(Call({"completion", shell}), ExitCode::kSucceeded) << err_;
    EXPECT_THAT(out_, HasSubstr("budget set"));
  }
  Call({"completion", "bash"});
  const std::string script = File("completion.bash", out_ + R"(
COMP_WORDS=(segue budget s); COMP_CWORD=2; _segue; [ "${COMPREPLY[*]}" = set ] || exit 3
COMP_WORDS=(segue list -o j); COMP_CWORD=3; _segue; [ "${COMPREPLY[*]}" = json ] || exit 4
COMP_WORDS=(segue completion f); COMP_CWORD=2; _segue; [ "${COMPREPLY[*]}" = fish ] || exit 5
)");
  EXPECT_EQ(std::system(("bash " + script).c_str()), 0);
}

}  // namespace
}  // namespace segue::cli
