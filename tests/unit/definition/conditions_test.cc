#include <gtest/gtest.h>

#include "server/language/parse.h"

// Every operator of a Choice rule, compiled from a definition.

namespace segue::language {
namespace {

ConditionPtr CompileRule(const std::string& rule) {
  const std::string text =
      R"({"StartAt": "C", "States": {"E": {"Type": "Succeed"}, "C": {"Type": "Choice", "Choices": [)" +
      rule.substr(0, rule.size() - 1) + R"(, "Next": "E"}]}}})";
  const ParseResult result = ParseWorkflow(text);
  for (const Fault& fault : result.faults) ADD_FAILURE() << rule << ": " << fault.message;
  if (result.workflow == nullptr) return nullptr;
  const State& choice = result.workflow->state(result.workflow->start);
  return std::get<ChoiceState>(choice.detail).rules.at(0).condition;
}

Outcome<bool> Evaluate(const std::string& rule, const char* input_text,
                       Allowance allowance = Allowance()) {
  const ConditionPtr condition = CompileRule(rule);
  if (condition == nullptr) return WorkflowError{"faulty", ""};
  const Json input = *Json::Parse(input_text);
  const auto context = [] { return Json::Of({{"Name", "execution"}}); };
  const Variables variables(std::vector<Json::Member>{{"limit", 10}});
  Random random(1);
  return condition->Evaluate(Scope{.input = input,
                                   .context = context,
                                   .variables = variables,
                                   .now = absl::UnixEpoch(),
                                   .random = random,
                                   .allowance = allowance});
}

struct Row {
  const char* rule;
  const char* input;
  bool holds;
};

void Check(std::initializer_list<Row> rows) {
  for (const Row& row : rows) {
    const Outcome<bool> outcome = Evaluate(row.rule, row.input);
    ASSERT_TRUE(outcome.ok()) << row.rule << ": " << outcome.error().cause;
    EXPECT_EQ(*outcome, row.holds) << row.rule << " on " << row.input;
  }
}

TEST(Conditions, CompareWithConstants) {
  struct Family {
    const char* type;
    const char* smaller;
    const char* same;
    const char* larger;
    const char* foreign;
  };
  const Family families[] = {
      {"String", R"("a")", R"("b")", R"("ba")", "1"},
      {"Numeric", "1", "2", "2.5", R"("2")"},
      {"Timestamp", R"("2016-03-14T00:00:00Z")", R"("2016-03-14T01:00:00Z")",
       R"("2016-03-14T01:00:00.5Z")", "1"},
  };
  const struct {
    const char* relation;
    bool smaller, same, larger;
  } relations[] = {{"Equals", false, true, false},
                   {"LessThan", true, false, false},
                   {"GreaterThan", false, false, true},
                   {"LessThanEquals", true, true, false},
                   {"GreaterThanEquals", false, true, true}};
  for (const Family& family : families) {
    for (const auto& relation : relations) {
      const std::string name = std::string(family.type) + relation.relation;
      const std::string constant = R"({"Variable": "$.a", ")" + name + R"(": )" + family.same + "}";
      const std::string path = R"({"Variable": "$.a", ")" + name + R"(Path": "$.b"})";
      for (const auto& [value, holds] : {std::pair{family.smaller, relation.smaller},
                                         {family.same, relation.same},
                                         {family.larger, relation.larger},
                                         {family.foreign, false}}) {
        const std::string input =
            std::string(R"({"a": )") + value + R"(, "b": )" + family.same + "}";
        Check({{constant.c_str(), input.c_str(), holds}, {path.c_str(), input.c_str(), holds}});
        // The other operand of a foreign type.
        const std::string other = std::string(R"({"a": )") + family.same + R"(, "b": null})";
        Check({{path.c_str(), other.c_str(), false}});
      }
    }
  }
}

TEST(Conditions, CompareBooleans) {
  Check(
      {{R"({"Variable": "$.a", "BooleanEquals": true})", R"({"a": true})", true},
       {R"({"Variable": "$.a", "BooleanEquals": false})", R"({"a": true})", false},
       {R"({"Variable": "$.a", "BooleanEquals": true})", R"({"a": "true"})", false},
       {R"({"Variable": "$.a", "BooleanEqualsPath": "$.b"})", R"({"a": false, "b": false})", true},
       {R"({"Variable": "$.a", "BooleanEqualsPath": "$.b"})", R"({"a": false, "b": 0})", false}});
}

TEST(Conditions, KeepTheDigitsOfIntegers) {
  Check({{R"({"Variable": "$.a", "NumericEquals": 9007199254740993})", R"({"a": 9007199254740992})",
          false},
         {R"({"Variable": "$.a", "NumericEquals": 2})", R"({"a": 2.0})", true}});
}

TEST(Conditions, CompareTimestampsAcrossZones) {
  Check({{R"({"Variable": "$.a", "TimestampEquals": "2016-03-14T01:59:00Z"})",
          R"({"a": "2016-03-14T03:59:00+02:00"})", true},
         {R"({"Variable": "$.a", "TimestampEquals": "2016-03-14T01:59:00Z"})",
          R"({"a": "yesterday"})", false}});
}

TEST(Conditions, MatchPatterns) {
  const struct {
    const char* pattern;
    const char* text;
    bool holds;
  } rows[] = {
      {"log-*.txt", "log-2016.txt", true},
      {"log-*.txt", "log-2016.txt.gz", false},
      {"*", "", true},
      {"a*a", "a", false},
      {"a*a", "aa", true},
      {"*b*", "abc", true},
      {"a*b*c", "a-c-b", false},
      {"a*b*c", "axbbc", true},
      {R"(a\\*b)", "a*b", true},
      {R"(a\\*b)", "axb", false},
      {R"(a\\\\*)", R"(a\\b)", true},
      {"", "", true},
      {"", "a", false},
      {R"(\\d)", R"(\\d)", true},
      {"**a**", "xay", true},
  };
  for (const auto& row : rows) {
    const std::string rule =
        std::string(R"({"Variable": "$.a", "StringMatches": ")") + row.pattern + R"("})";
    const std::string input = std::string(R"({"a": ")") + row.text + R"("})";
    Check({{rule.c_str(), input.c_str(), row.holds}});
  }
  Check({{R"({"Variable": "$.a", "StringMatches": "*"})", R"({"a": 1})", false}});
}

TEST(Conditions, TestTypes) {
  const struct {
    const char* name;
    const char* member;
    const char* other;
  } rows[] = {
      {"IsNull", "null", "0"},
      {"IsNumeric", "1.5", R"("1.5")"},
      {"IsString", R"("")", "null"},
      {"IsBoolean", "false", "0"},
      {"IsTimestamp", R"("2016-03-14T01:59:00Z")", R"("now")"},
  };
  for (const auto& row : rows) {
    for (const bool expected : {true, false}) {
      const std::string rule = std::string(R"({"Variable": "$.a", ")") + row.name + R"(": )" +
                               (expected ? "true}" : "false}");
      const std::string member = std::string(R"({"a": )") + row.member + "}";
      const std::string other = std::string(R"({"a": )") + row.other + "}";
      Check({{rule.c_str(), member.c_str(), expected}, {rule.c_str(), other.c_str(), !expected}});
    }
  }
  Check({{R"({"Variable": "$.a", "IsPresent": true})", R"({"a": null})", true},
         {R"({"Variable": "$.a", "IsPresent": true})", "{}", false},
         {R"({"Variable": "$.a.b.c", "IsPresent": false})", "{}", true},
         {R"({"Variable": "$.a", "IsPresent": false})", R"({"a": 1})", false}});
}

// Never "not there" for "not known".
TEST(Conditions, IsPresentFailsWhereItsPathTakesTooMuch) {
  for (const char* rule : {R"({"Variable": "$..a", "IsPresent": true})",
                           R"({"Variable": "$..a", "IsPresent": false})"}) {
    ASSERT_TRUE(Evaluate(rule, R"({"a": 1})").ok());
    const Outcome<bool> outcome = Evaluate(rule, R"({"a": 1})", Allowance(1));
    ASSERT_FALSE(outcome.ok()) << rule;
    EXPECT_EQ(outcome.error().name, "States.Runtime");
  }
}

TEST(Conditions, Combine) {
  constexpr char kBoth[] =
      R"({"And": [{"Variable": "$.a", "IsPresent": true}, {"Variable": "$.a", "NumericEquals": 1}]})";
  constexpr char kEither[] =
      R"({"Or": [{"Variable": "$.a", "NumericEquals": 1}, {"Variable": "$.a", "NumericEquals": 2}]})";
  constexpr char kNeither[] = R"({"Not": {"Variable": "$.a", "NumericEquals": 1}})";
  Check({{kBoth, R"({"a": 1})", true},
         {kBoth, R"({"a": 2})", false},
         {kBoth, "{}", false},  // the second is not reached
         {kEither, R"({"a": 2})", true},
         {kEither, R"({"a": 3})", false},
         {kNeither, R"({"a": 1})", false},
         {kNeither, R"({"a": "1"})", true}});
}

TEST(Conditions, ReadVariablesAndTheContext) {
  Check({{R"({"Variable": "$.a", "NumericLessThanPath": "$limit"})", R"({"a": 9})", true},
         {R"({"Variable": "$limit", "NumericEquals": 10})", "{}", true},
         {R"({"Variable": "$$.Name", "StringEquals": "execution"})", "{}", true}});
}

TEST(Conditions, FailWhereAPathMatchesNothing) {
  for (const char* rule :
       {R"({"Variable": "$.x", "StringEquals": ""})", R"({"Variable": "$.x", "IsNull": true})",
        R"({"Variable": "$.x", "StringMatches": "*"})",
        R"({"Not": {"Variable": "$.x", "BooleanEquals": true}})",
        R"({"Variable": "$.a", "NumericEqualsPath": "$.x"})"}) {
    const Outcome<bool> outcome = Evaluate(rule, R"({"a": 1})");
    ASSERT_FALSE(outcome.ok()) << rule;
    EXPECT_EQ(outcome.error().name, "States.Runtime");
    EXPECT_EQ(outcome.error().cause,
              "Invalid path '$.x': The choice state's condition path references an invalid value.");
  }
}

}  // namespace
}  // namespace segue::language
