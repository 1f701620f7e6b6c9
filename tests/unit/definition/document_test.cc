#include "server/language/document.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/definition/fault_text.h"

namespace segue::language {
namespace {

using ::testing::ElementsAre;
using ::testing::ElementsAreArray;
using ::testing::IsEmpty;

Document::Result Read(std::string_view text) { return Document::Parse(text, Format::kJson, {}); }

TEST(JsonDocument, GivesTheSameValueAsJsonParse) {
  for (const char* text :
       {"{}", "[]", "null", " true ", "-0", "12", "-3.5e2", "9223372036854775807",
        "9223372036854775808", R"("")", R"("\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00 €")",
        R"({"a":[1,{"b":null}],"c":{}})", "[[],[[]]]", "1E400e"}) {
    const auto expected = Json::Parse(text);
    const Document::Result read = Read(text);
    ASSERT_EQ(read.document != nullptr, expected.ok()) << text;
    if (expected.ok()) EXPECT_EQ(read.document->root().ToJson(), *expected) << text;
  }
}

TEST(JsonDocument, NamesPlacesInAStateAsAwsDoes) {
  const Document::Result read = Read(R"({"States": {"A": {"Output": {"States": {"x": [0, [1]]}},
      "Branches": [{"States": {"B": {"Choices": [{"Condition": 1}]}}}],
      "ItemProcessor": {"States": {"C": {"Catch": [{}, {"Assign": {"v": 1}}]}}}}}})");
  ASSERT_NE(read.document, nullptr);
  const auto at = [&read](std::initializer_list<std::string_view> way) {
    const Node* node = &read.document->root();
    for (const std::string_view step : way) {
      node = node->is_array() ? node->children()[static_cast<size_t>(step[0] - '0')]
                              : node->Find(step);
    }
    return node->LocationInState();
  };
  EXPECT_EQ(at({"States", "A", "Output"}), "Output");
  EXPECT_EQ(at({"States", "A", "Output", "States", "x", "1", "0"}), "Output/States/x[1][0]");
  EXPECT_EQ(at({"States", "A", "Branches", "0", "States", "B", "Choices", "0", "Condition"}),
            "Choices[0]/Condition");
  EXPECT_EQ(at({"States", "A", "ItemProcessor", "States", "C", "Catch", "1", "Assign", "v"}),
            "Catch[1]/Assign/v");
}

TEST(JsonDocument, KnowsWhereEverythingStands) {
  const Document::Result read = Read("{\n  \"a/b\": [1,\n   {\"~\": true}]}");
  ASSERT_NE(read.document, nullptr);
  const Node& list = *read.document->root().Find("a/b");
  EXPECT_EQ(list.name_position().column, 3);
  EXPECT_EQ(list.position().pointer, "/a~1b");
  EXPECT_EQ(list.position().line, 2);
  EXPECT_EQ(list.position().column, 10);
  const Node& flag = *list.children()[1]->Find("~");
  EXPECT_EQ(flag.position().pointer, "/a~1b/1/~0");
  EXPECT_EQ(flag.position().line, 3);
  EXPECT_EQ(flag.position().column, 10);
}

struct BadText {
  std::string text;
  std::string fault;
};

TEST(JsonDocument, SaysWhatIsWrongAndWhere) {
  constexpr char kValue[] =
      "was expecting (JSON String, Number, Array, Object or token 'null', 'true' or 'false')";
  const std::string code = " INVALID_JSON_DESCRIPTION ";
  const BadText rows[] = {
      {"", "1:1  SCHEMA_VALIDATION_FAILED Definition must be a valid JSON object"},
      // As AWS recorded it, the column is the one after the token.
      {"not a definition", "1:4 " + code + "Unrecognized token 'not': " + kValue},
      {"{\"a\": }", "1:7 " + code + "Unexpected character ('}' (code 125)): " + kValue},
      {"{\"a\": 1,}", "1:9 " + code +
                          "Unexpected character ('}' (code 125)): was expecting double-quote to "
                          "start field name"},
      {"{\"a\" 1}", "1:6 " + code +
                        "Unexpected character ('1' (code 49)): was expecting a colon to separate "
                        "field name and value"},
      {"[1\n 2]", "2:2 " + code +
                      "Unexpected character ('2' (code 50)): was expecting comma to separate Array "
                      "entries"},
      {"{\"a\": 1",
       "1:8 " + code + "Unexpected end-of-input: was expecting comma to separate Object entries"},
      {"{} x",
       "1:4 " + code + "Unexpected character ('x' (code 120)): was expecting the end of the text"},
      {"[01]", "1:3 " + code + "Invalid numeric value: Leading zeroes not allowed"},
      {"[1.]", "1:4 " + code +
                   "Unexpected character (']' (code 93)): Decimal point not followed by a digit"},
      {"[1e999]", "1:2 " + code + "Numeric value out of range"},
      {"[\"abc",
       "1:2 " + code + "Unexpected end-of-input: was expecting closing quote for a string value"},
      {"[\"\\x\"]", "1:3 " + code + "Unrecognized character escape"},
      {"[\"\\ud800\"]", "1:3 " + code + "Incomplete surrogate pair"},
      {"[\"\\udc00\"]", "1:3 " + code + "Incomplete surrogate pair"},
      {"[\"\\u12\"]", "1:3 " + code +
                          "Unexpected character: expected a hex-digit for character escape "
                          "sequence"},
      {"[\"\xC0\xAF\"]", "1:3 " + code + "Invalid UTF-8"},
      {"[\"\xED\xA0\x80\"]", "1:3 " + code + "Invalid UTF-8"},
      {"[\"a\nb\"]", "1:4 " + code +
                         "Illegal unquoted character (code 10): has to be escaped using backslash "
                         "to be included in string value"},
  };
  for (const BadText& row : rows) {
    const Document::Result read = Read(row.text);
    EXPECT_EQ(read.document, nullptr) << row.text;
    EXPECT_THAT(FaultTexts(read.faults), ElementsAre(row.fault)) << row.text;
  }
}

TEST(JsonDocument, ReportsRepeatedNamesAndReadsOn) {
  const Document::Result read =
      Read("{\"a\": 1,\n \"a\": {\"b\": [2]},\n \"States\": {\"S\": 1, \"S\": 2}, \"c\": 3}");
  ASSERT_NE(read.document, nullptr);
  EXPECT_EQ(read.document->root().ToJson().Dump(), R"({"a":1,"States":{"S":1},"c":3})");
  EXPECT_THAT(FaultTexts(read.faults),
              ElementsAre("2:2 /a INVALID_JSON_DESCRIPTION Duplicate field: a",
                          "3:21 /States/S DUPLICATE_STATE_NAME Duplicate State name: S"));
}

TEST(Document, KeepsItsBounds) {
  Document::Limits limits;
  limits.text_size_max = 20;
  limits.depth_max = 3;
  limits.nodes_max = 5;
  const auto fault = [&](std::string_view text) {
    return FaultTexts(Document::Parse(text, Format::kJson, limits).faults);
  };
  EXPECT_THAT(fault("[[[1]]]"), IsEmpty());
  EXPECT_THAT(fault("[1,2,3,4]"), IsEmpty());
  EXPECT_THAT(fault("[[[[1]]]]"),
              ElementsAre("1:4  TOO_DEEPLY_NESTED Definition is nested more than 3 levels deep"));
  EXPECT_THAT(fault("[1,2,3,4,5]"),
              ElementsAre("1:10  SCHEMA_VALIDATION_FAILED Definition holds more than 5 values"));
  EXPECT_THAT(fault("[                      ]"),
              ElementsAre("1:1  SCHEMA_VALIDATION_FAILED Definition is too large: 24 bytes; the "
                          "maximum is 20"));
}

// The test's time limit is the measure.
TEST(Document, RefusesGarbage) {
  std::string noise(5'000'000, '\0');
  uint32_t seed = 1;
  for (char& c : noise) c = static_cast<char>((seed = seed * 1664525 + 1013904223) >> 24);
  for (const Format format : {Format::kJson, Format::kYaml, Format::kDetect}) {
    for (const std::string& text :
         {noise, noise.substr(0, 300'000), std::string(5'000'000, '{'), std::string(300'000, '{'),
          std::string(300'000, '['), std::string(300'000, '-'), std::string(300'000, 'a'),
          std::string(300'000, '"')}) {
      const Document::Result read = Document::Parse(text, format, {});
      EXPECT_TRUE(read.document == nullptr || !read.document->root().is_object());
    }
  }
}

}  // namespace
}  // namespace segue::language
