#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "clients/cli/app.h"
#include "clients/cli/eval/batch.h"
#include "clients/cli/eval/evaluation.h"
#include "clients/cli/eval/json_text.h"

namespace segue::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

TEST(JsonText, CarriesHalvesOfSurrogatePairs) {
  struct Case {
    const char* text;
    const char* written;
  };
  for (const Case& row : {
           Case{R"("\ud800")", R"("\ud800")"},
           {R"("a\uDFFFb")", R"("a\udfffb")"},
           {R"("\udc00\ud800")", R"("\udc00\ud800")"},
           {R"("\ud83d\ude00")", "\"😀\""},
           {R"("\\ud800")", R"("\\ud800")"},
           {R"j({"\ud800":["\ud800\ud83d\ude00", 1, 2.5, true, null]})j",
            "{\"\\ud800\":[\"\\ud800😀\",1,2.5,true,null]}"},
           {R"("퟿")", "\"퟿\""},
       }) {
    const auto value = ReadJsonText(row.text);
    ASSERT_TRUE(value.ok()) << row.text << value.status();
    EXPECT_EQ(WriteJsonText(*value), row.written);
  }
  for (const char* text :
       {"", "{", R"(["\ud800",])", R"j({a:"\ud800"})j", R"('\ud800')", R"("\ud8")"}) {
    EXPECT_FALSE(ReadJsonText(text).ok()) << text;
  }
}

TEST(Eval, TellsTheLanguage) {
  struct Case {
    const char* expression;
    Language language;
  };
  for (const Case& row : {
           Case{"$", Language::kJsonPath},
           {"$.a[*].b", Language::kJsonPath},
           {"$..a", Language::kJsonPath},
           {"$.a[?(@.b > 1)].c", Language::kJsonPath},
           {"$['a b']", Language::kJsonPath},
           {"$$.Execution.Id", Language::kJsonPath},
           {"$order.id", Language::kJsonPath},
           {"$.a.length()", Language::kJsonPath},
           {"States.UUID()", Language::kIntrinsic},
           {"States.Format('{}', $.a)", Language::kIntrinsic},
           {"a.b", Language::kJsonata},
           {"$sum(a.b)", Language::kJsonata},
           {"$.price*2", Language::kJsonata},
           {"$.a + 1", Language::kJsonata},
           {"$.a[b = 1]", Language::kJsonata},
           {"$.a.$sum(b)", Language::kJsonata},
           {"{% $states.input.a %}", Language::kJsonata},
           {"1", Language::kJsonata},
       }) {
    EXPECT_EQ(LanguageOf(row.expression), row.language) << row.expression;
  }
}

std::string Answered(std::string_view line) {
  Random random(1);
  const auto question = ReadQuestion(line, {});
  if (!question.ok()) return std::string(question.status().message());
  return WriteReply(Evaluate(*question, {absl::FromUnixSeconds(1'700'000'000), random}));
}

TEST(Eval, AnswersALine) {
  struct Case {
    const char* line;
    const char* answer;
  };
  for (
      const Case& row : {
          Case{R"j({"expr":"$.a[*].b","data":{"a":[{"b":1},{"b":2}]}})j", R"j({"result":[1,2]})j"},
          {R"j({"expr":"$.a","data":{}})j",
           R"j({"code":"PathNotFound","message":"No results for path: $['a']"})j"},
          {R"j({"expr":"$.a[3]","data":{"a":[]}})j",
           R"j({"code":"PathNotFound","message":"No results for path: $['a'][3]"})j"},
          {R"j({"expr":"a","language":"jsonpath","data":{"a":null}})j", R"j({"result":null})j"},
          {R"j({"expr":"$.a[x]","language":"jsonpath","data":{}})j",
           R"j({"code":"InvalidPath","message":"invalid path '$.a[x]': a name in quotes, an index, '*' or '?(' is expected at character 4","position":3})j"},
          {R"j({"expr":"$.n.min()","data":{"n":[]}})j",
           R"j({"code":"PathFailed","message":"there are no numbers to aggregate"})j"},
          {R"j({"expr":"$.a","language":"jsonpath"})j",
           R"j({"code":"PathNotFound","message":"there is no document"})j"},
          {R"j({"expr":"$v.w","bindings":{"v":{"w":5}}})j", R"j({"result":5})j"},
          {R"j({"expr":"$v.w"})j",
           R"j({"code":"PathNotFound","message":"the variable '$v' is not set"})j"},
          {R"j({"expr":"$$.State.Name","context":{"State":{"Name":"S"}}})j", R"j({"result":"S"})j"},
          {R"j({"expr":"$$.State.Name"})j",
           R"j({"code":"PathNotFound","message":"there is no Context Object for '$$'"})j"},
          {R"j({"expr":"States.MathAdd($.a, $v)","data":{"a":1},"bindings":{"v":2}})j",
           R"j({"result":3})j"},
          {R"j({"expr":"States.MathAdd('a', 1)"})j",
           R"j({"code":"States.IntrinsicFailure","message":"The arguments must be numbers."})j"},
          {R"j({"expr":"States.Nope()"})j",
           R"j({"code":"InvalidIntrinsic","message":"invalid intrinsic function call 'States.Nope()': there is no function 'States.Nope' at character 12","position":11})j"},
          {R"j({"expr":"a.b + $c","data":{"a":{"b":1}},"bindings":{"c":2}})j", R"j({"result":3})j"},
          {R"j({"expr":"a","data":{}})j", R"j({"undefined":true})j"},
          {R"j({"expr":"$","data":null})j", R"j({"result":null})j"},
          {R"j({"expr":"a","data":null})j", R"j({"undefined":true})j"},
          {R"j({"expr":"1 + 1"})j", R"j({"result":2})j"},
          {R"j({"expr":"{% $states.input.a & $states.context.b %}","data":{"a":"x"},"context":{"b":"y"}})j",
           R"j({"result":"xy"})j"},
          {R"j({"expr":"{% $parse('[1]')[0] %}"})j", R"j({"result":1})j"},
          {R"j({"expr":"a","data":{"a":"x\udfff"}})j", R"j({"result":"x\udfff"})j"},
          {R"j({"expr":1})j", "/expr: must be a string"},
          {R"j({"data":1})j", "/expr: must be a string"},
          {R"j([])j", "/expr: must be a string"},
          {R"j({"expr":"a","bindings":[]})j", "/bindings: must be an object"},
          {R"j({"expr":"a","depth":"x"})j", "/depth: must be a number"},
          {R"j({"expr":"a","timelimit":-1})j", "/timelimit: must be a number"},
          {R"j({"expr":"a","language":"sql"})j", "/language: there is no language 'sql'"},
      }) {
    EXPECT_EQ(Answered(row.line), row.answer) << row.line;
  }
}

TEST(Eval, NamesJsonatasFaults) {
  struct Case {
    const char* line;
    const char* code;
  };
  for (const Case& row : {
           Case{R"j({"expr":"1 +"})j", R"j("code":"S0207")j"},
           {R"j({"expr":"a + 'x'","data":{"a":1}})j", R"j("code":"T2002")j"},
           {R"j({"expr":"($f := function($n){1 + $f($n)}; $f(1))","depth":50})j",
            R"j("code":"U1001")j"},
           {R"j({"expr":"($f := function(){$f()}; $f())","timelimit":5})j", R"j("code":"U1001")j"},
       }) {
    EXPECT_THAT(Answered(row.line), HasSubstr(row.code)) << row.line;
  }
}

class EvalCommand : public ::testing::Test {
 protected:
  ExitCode Call(const std::vector<std::string>& arguments, const std::string& input = "") {
    std::istringstream in(input);
    std::ostringstream out;
    std::ostringstream err;
    Environment environment{.in = in, .out = out, .err = err};
    environment.screen = [] { return ScreenSize{}; };
    environment.now = [] { return absl::FromUnixSeconds(1'700'000'010); };
    environment.variable = [](const std::string&) { return std::string(); };
    environment.uuid = [] { return std::string("uuid"); };
    std::vector<std::string> all = {"eval"};
    all.insert(all.end(), arguments.begin(), arguments.end());
    const ExitCode code = cli::Run(all, environment);
    out_ = out.str();
    err_ = err.str();
    return code;
  }

  std::string out_;
  std::string err_;
};

TEST_F(EvalCommand, ReadsItsDocumentFromWhereItIsTold) {
  const auto file = std::filesystem::path(::testing::TempDir()) / "eval.json";
  std::ofstream(file) << R"({"a":[{"b":1}]})";
  EXPECT_EQ(Call({"$.a[0]", "--input", file}), ExitCode::kSucceeded) << err_;
  EXPECT_EQ(out_, "{\n  \"b\": 1\n}\n");
  EXPECT_EQ(Call({"a.b", "--data", "@" + file.string()}), ExitCode::kSucceeded);
  EXPECT_EQ(out_, "1\n");
  EXPECT_EQ(Call({"a.b"}, R"j({"a":{"b":"x"}})j"), ExitCode::kSucceeded);
  EXPECT_EQ(out_, "\"x\"\n");
  EXPECT_EQ(Call({"a.b", "-r", "-i", "-"}, R"j({"a":{"b":"x"}})j"), ExitCode::kSucceeded);
  EXPECT_EQ(out_, "x\n");
  EXPECT_EQ(Call({"$$.x + $v", "-d", "{}", "--language", "jsonata", "--variables", R"j({"v":2})j"}),
            ExitCode::kSucceeded);
  EXPECT_EQ(err_, "undefined: the expression has no value\n");
  EXPECT_EQ(Call({"a", "-o", "yaml", "-d", R"j({"a":{"b":[1]}})j"}), ExitCode::kSucceeded);
  EXPECT_EQ(out_, "b:\n  - 1\n");
  EXPECT_EQ(Call({"$$.Execution.Name", "--context", R"j({"Execution":{"Name":"n"}})j"}),
            ExitCode::kSucceeded);
  std::filesystem::remove(file);
}

TEST_F(EvalCommand, SaysWhatAndWhere) {
  EXPECT_EQ(Call({"$.a.b", "-d", "{}"}), ExitCode::kRefused);
  EXPECT_EQ(err_, "error: Missing property in path $['a'] [PathNotFound]\n");
  EXPECT_EQ(Call({"$.a[x]", "-d", "{}", "--language", "jsonpath"}), ExitCode::kRefused);
  EXPECT_THAT(err_, HasSubstr(" at position 3\n  $.a[x]\n     ^\n"));
  EXPECT_EQ(Call({"a", "-d", "{"}), ExitCode::kUsage);
  EXPECT_THAT(err_, StartsWith("error: --data: invalid JSON at line 1"));
  EXPECT_EQ(Call({"a", "--variables", "1"}), ExitCode::kUsage);
  EXPECT_EQ(Call({"a", "-i", "/nowhere.json"}), ExitCode::kUsage);
  EXPECT_EQ(Call({}), ExitCode::kUsage);
  EXPECT_EQ(Call({"a", "--batch"}), ExitCode::kUsage);
  EXPECT_EQ(Call({"a", "--language", "sql"}), ExitCode::kUsage);
}

TEST_F(EvalCommand, AnswersEveryLineOfABatch) {
  const std::string lines =
      "{\"expr\":\"$.a\",\"data\":{\"a\":1}}\n\nno json\n{\"expr\":\"b\",\"data\":{\"b\":2}}\n";
  EXPECT_EQ(Call({"--batch", "--language", "jsonpath"}, lines), ExitCode::kRefused);
  EXPECT_THAT(out_, StartsWith("{\"result\":1}\n{\"code\":\"InvalidLine\",\"message\":\"line 3: "));
  EXPECT_THAT(out_, HasSubstr("}\n{\"result\":2}\n"));
  EXPECT_EQ(Call({"--batch"}, "{\"expr\":\"$.a\",\"data\":{}}\n"), ExitCode::kSucceeded);
}

}  // namespace
}  // namespace segue::cli
