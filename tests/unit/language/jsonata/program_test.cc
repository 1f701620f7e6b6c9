#include "server/language/jsonata/program.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <utility>

#include "tests/unit/language/jsonata/evaluation.h"

namespace segue::language::jsonata {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

ProgramPtr Compiled(std::string_view text, Library library = Library::kReference) {
  auto compiled = Program::Compile(text, library);
  EXPECT_TRUE(std::holds_alternative<ProgramPtr>(compiled)) << text;
  return std::get<ProgramPtr>(compiled);
}

TEST(Program, ReadsBindings) {
  Random random(1);
  const Environment environment{.now = absl::UnixEpoch(), .random = random};
  const Json bindings = Json::Of({{"x", 2}, {"sum", "mine"}});
  const Answer answer =
      Compiled("[$x, $sum, $y]")->Evaluate(nullptr, bindings.object(), environment);
  ASSERT_NE(answer.value(), nullptr);
  EXPECT_EQ(answer.value()->Dump(), R"([2,"mine"])");
}

TEST(Program, SharesWhatItPassesOn) {
  Random random(1);
  const Environment environment{.now = absl::UnixEpoch(), .random = random};
  const Json input = Json::Of({{"a", Json::List({1, 2})}});
  const Answer answer = Compiled("{'b': a}")->Evaluate(&input, Json::Object(), environment);
  ASSERT_NE(answer.value(), nullptr);
  EXPECT_EQ(&answer.value()->Find("b")->array(), &input.Find("a")->array());
}

TEST(Program, KeepsLargeIntegers) {
  Check({{"a", "1234567890123456789", R"({"a": 1234567890123456789})"},
         {"{'b': a}", R"({"b":1234567890123456789})", R"({"a": 1234567890123456789})"},
         {"a = b", "false", R"({"a": 1234567890123456789, "b": 1234567890123456788})"}});
}

TEST(Program, SaysWhatItIs) {
  EXPECT_EQ(Evaluated("nothing", "{}"), "undefined");
  EXPECT_EQ(Evaluated("$sum"), "function");
  EXPECT_EQ(Evaluated("[1, function(){1}]"), "function");
  EXPECT_EQ(Evaluated("{'a': [$sum]}"), "function");
}

TEST(Program, FaultsHaveMessages) {
  const auto message_of = [](std::string_view text) {
    Random random(1);
    const Environment environment{.now = absl::UnixEpoch(), .random = random};
    auto compiled = Program::Compile(text);
    if (auto* fault = std::get_if<Fault>(&compiled)) return fault->message;
    const Answer answer =
        std::get<ProgramPtr>(compiled)->Evaluate(nullptr, Json::Object(), environment);
    return answer.fault() == nullptr ? std::string("none") : answer.fault()->message;
  };
  EXPECT_EQ(message_of("1 + 'a'"),
            R"(The right side of the "+" operator must evaluate to a number)");
  EXPECT_EQ(message_of("$uppercase(1)"),
            R"(Argument 1 of function "uppercase" does not match function signature)");
  EXPECT_EQ(message_of("sum(1)"), "Attempted to invoke a non-function. Did you mean $sum?");
  EXPECT_EQ(message_of("[1"), R"(Expected "]" before end of expression)");
  EXPECT_EQ(message_of("1 < 'a'"),
            R"(The values 1 and "a" either side of operator "<" must be of the same data type)");
  EXPECT_EQ(message_of("$number([1, {'a': 'b'}])").substr(0, 10), "Argument 1");
  EXPECT_EQ(message_of("$error('mine')"), "mine");
}

TEST(Program, ShowsWhatItReads) {
  const References none =
      Compiled("($x := 1; $f := function($y){$x + $y}; $f($sum([1])))")->references();
  EXPECT_FALSE(none.context);
  EXPECT_FALSE(none.root);
  EXPECT_THAT(none.names, IsEmpty());
  EXPECT_THAT(none.variables, IsEmpty());
  EXPECT_THAT(none.calls, ElementsAre("f", "sum"));

  const References some =
      Compiled("$states.input.a[b > $limit] + $count($states.context) + c + $$.d")->references();
  EXPECT_TRUE(some.root);
  EXPECT_TRUE(some.context);
  EXPECT_THAT(some.names, ElementsAre("c"));
  EXPECT_THAT(some.variables, ElementsAre("states", "limit"));
  EXPECT_THAT(some.members,
              ElementsAre(Pair("states", "input"), Pair("limit", ""), Pair("states", "context")));
  EXPECT_THAT(Compiled("$states")->references().members, ElementsAre(Pair("states", "")));
  EXPECT_FALSE(Compiled("$states.input.($ + 1)")->references().context);
  EXPECT_TRUE(Compiled("$")->references().context);
  EXPECT_TRUE(Compiled("[*]")->references().context);
}

TEST(Program, StepFunctionsLibrary) {
  Check(
      {
          {"$partition([1,2,3,4,5], 2)", "[[1,2],[3,4],[5]]"},
          {"$partition([], 2)", "[]"},
          {"$partition([1], 0)", "D3137 partition 11"},
          {"$range(0, 10, 3)", "[0,3,6,9]"},
          {"$range(3, 1, -1)", "[3,2,1]"},
          {"$range(3, 1, 1)", "[]"},
          {"$range(1, 3, 0)", "D3137 range 7"},
          {"$hash('input data', 'SHA-1')", R"("aaff4a450a104cd177d28d18d74485e8cae074b7")"},
          {"$hash('x', 'SHA-3')", "D3137 hash 6"},
          {"$random(5) = $random(5)", "true"},
          {"$random() < 1", "true"},
          {"$length($uuid())", "36"},
          {"$parse('{\"a\": [1, 2.5]}').a[1]", "2.5"},
          {"$parse('{')", "D3137 parse 7"},
          {"$eval('1')", "T1006 eval 6"},
      },
      {.library = Library::kStepFunctions});
  EXPECT_EQ(Evaluated("$uuid()"), "T1006 uuid 6");
}

}  // namespace
}  // namespace segue::language::jsonata
