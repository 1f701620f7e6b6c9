#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/language/document.h"
#include "tests/unit/definition/fault_text.h"

namespace segue::language {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

Document::Result Read(std::string_view text) { return Document::Parse(text, Format::kYaml, {}); }

TEST(YamlDocument, ReadsScalarsByTheCoreSchema) {
  const struct {
    const char* yaml;
    const char* json;
  } rows[] = {
      {"null", "null"},
      {"~", "null"},
      {"a:", R"({"a":null})"},
      {"true", "true"},
      {"False", "false"},
      {"yes", R"("yes")"},
      {"12", "12"},
      {"+7", "7"},
      {"-7", "-7"},
      {"0x1F", "31"},
      {"0o17", "15"},
      {"017", "17"},
      {"1.5", "1.5"},
      {"-.5", "-0.5"},
      {"1e3", "1000.0"},
      {"1_000", R"("1_000")"},
      {".inf", R"(".inf")"},
      {"'12'", R"("12")"},
      {"\"true\"", R"("true")"},
      {"!!str 12", R"("12")"},
      {"!!float 1", "1.0"},
      {"2016-03-14", R"("2016-03-14")"},
      {"inf", R"("inf")"},
      {"nan", R"("nan")"},
      {"[1, [a, ~], {b: c}]", R"([1,["a",null],{"b":"c"}])"},
      {"1: x\ntrue: y", R"({"1":"x","true":"y"})"},
      {"- a\n- b: |\n    two\n    lines\n", R"(["a",{"b":"two\nlines\n"}])"},
      {"a: &x {n: 1}\nb: *x", R"({"a":{"n":1},"b":{"n":1}})"},
  };
  for (const auto& row : rows) {
    const Document::Result read = Read(row.yaml);
    ASSERT_NE(read.document, nullptr) << row.yaml;
    EXPECT_EQ(read.document->root().ToJson().Dump(), row.json) << row.yaml;
  }
}

TEST(YamlDocument, KnowsWhereEverythingStands) {
  const Document::Result read = Read("StartAt: A\nStates:\n  A:\n    Type: Pass\n");
  ASSERT_NE(read.document, nullptr);
  const Position type = read.document->root().Find("States")->Find("A")->Find("Type")->position();
  EXPECT_EQ(type.pointer, "/States/A/Type");
  EXPECT_EQ(type.line, 4);
  EXPECT_EQ(type.column, 11);
}

TEST(YamlDocument, SaysWhatIsWrong) {
  const struct {
    const char* yaml;
    const char* fault;
  } rows[] = {
      {"a: 1\n--- \nb: 2", "one YAML document"},
      {"a: !Ref b", "no value of the YAML tag !Ref"},
      {"a: !!int x", "no value of the YAML tag"},
      {"a: !Sub [b]", "tag !Sub is not supported"},
      {"? [a]\n: b", "name must be a string"},
      {"a: *nowhere", "1:4"},
      {"a: &x [*x]", "inside its own anchor"},
      {"a: [1, 2", "INVALID_YAML_DESCRIPTION"},
      {"a: b: c", "1:5"},
      {"a: 1\na: 2", "2:1 /a INVALID_JSON_DESCRIPTION Duplicate field: a"},
      {"", "Definition must be a valid YAML object"},
  };
  for (const auto& row : rows) {
    EXPECT_THAT(FaultTexts(Read(row.yaml).faults), ElementsAre(HasSubstr(row.fault))) << row.yaml;
  }
}

TEST(YamlDocument, RefusesABillionLaughs) {
  std::string text = "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n";
  for (int i = 1; i < 12; ++i) {
    const std::string name = "a" + std::to_string(i);
    const std::string alias = "*a" + std::to_string(i - 1);
    text += name + ": &" + name + " [" + alias;
    for (int k = 1; k < 10; ++k) text += "," + alias;
    text += "]\n";
  }
  const Document::Result read = Read(text);
  EXPECT_EQ(read.document, nullptr);
  EXPECT_THAT(FaultTexts(read.faults), ElementsAre(HasSubstr("after its aliases are expanded")));
}

TEST(YamlDocument, BoundsDepthThroughAliases) {
  std::string text = "a0: &a0 [x]\n";
  for (int i = 1; i < 100; ++i) {
    const std::string name = "a" + std::to_string(i);
    text += name + ": &" + name + " [*a" + std::to_string(i - 1) + "]\n";
  }
  EXPECT_THAT(FaultTexts(Read(text).faults), ElementsAre(HasSubstr("TOO_DEEPLY_NESTED")));
}

}  // namespace
}  // namespace segue::language
