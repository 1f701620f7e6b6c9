#include "server/base/json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <limits>

namespace segue {
namespace {

using ::testing::HasSubstr;

std::string Text(const absl::StatusOr<Json>& json) {
  return json.ok() ? json->Dump() : std::string(json.status().message());
}

TEST(JsonParse, WritesBackWhatItRead) {
  struct Row {
    const char* text;
    const char* dumped;
  };
  const Row rows[] = {
      {"null", "null"},
      {" [ true , false ] ", "[true,false]"},
      {"-0", "0"},
      {"9223372036854775807", "9223372036854775807"},
      {"-9223372036854775808", "-9223372036854775808"},
      {"9223372036854775808", "9.223372036854776E18"},
      {"123456789012345678901234567890", "1.2345678901234568E29"},
      {"1.0", "1.0"},
      {"1e0", "1.0"},
      {"-0.0", "-0.0"},
      {"0.1", "0.1"},
      {"1e-400", "0.0"},
      {"4.35", "4.35"},
      {"1.7976931348623157e308", "1.7976931348623157E308"},
      {"5e-324", "5.0E-324"},
      {R"("\u0041\/\"\\\b\f\n\r\t\u001f")", "\"A/\\\"\\\\\\b\\f\\n\\r\\t\\u001F\""},
      {R"("\u00e9 \ud83d\ude00")", "\"é 😀\""},
      {R"({"b":1,"a":{"x":[]},"c":{}})", R"({"b":1,"a":{"x":[]},"c":{}})"},
      // The last value wins, at the first one's place.
      {R"({"a":1,"b":2,"a":{"c":[3]}})", R"({"a":{"c":[3]},"b":2})"},
      {R"([[],[[1],{"k":[{}]}]])", R"([[],[[1],{"k":[{}]}]])"},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(Text(Json::Parse(row.text)), row.dumped) << row.text;
  }
}

TEST(JsonParse, NamesTheFaultAndItsPlace) {
  struct Row {
    std::string_view text;
    const char* fault;
  };
  const Row rows[] = {
      {"", "line 1, column 1: unexpected end"},
      {"[1,\n2", "line 2, column 2: unexpected end"},
      {"{\n  \"a\": 1,\n  \"b\" 2\n}", "line 3, column 7"},
      {"{} x", "line 1, column 4: unexpected text"},
      {"[1,]", "line 1, column 4"},
      {"01", "line 1, column 2"},
      {"nul", "unexpected end"},
      {"\"\\x\"", "line 1, column"},
      {"\"\xff\"", "line 1, column 2"},
      {"\"\\ud800\"", "line 1, column"},
      {"\"a\nb\"", "line 1, column"},
      {"1e999", "line 1, column"},
      {"// comment\n1", "line 1, column 1"},
      {"'a'", "line 1, column 1"},
      {"NaN", "line 1, column 1"},
  };
  for (const Row& row : rows) {
    const auto json = Json::Parse(row.text);
    EXPECT_EQ(json.status().code(), absl::StatusCode::kInvalidArgument) << row.text;
    EXPECT_THAT(Text(json), HasSubstr(row.fault)) << row.text;
  }
}

TEST(JsonParse, BoundsNesting) {
  const auto nested = [](int depth) {
    const auto size = static_cast<size_t>(depth);
    return std::string(size, '[') + std::string(size, ']');
  };
  EXPECT_TRUE(Json::Parse(nested(128)).ok());
  EXPECT_FALSE(Json::Parse(nested(129)).ok());
  EXPECT_TRUE(Json::Parse(nested(3), 3).ok());
  EXPECT_FALSE(Json::Parse(nested(4), 3).ok());
  EXPECT_FALSE(Json::Parse(nested(3), 3)->DeeperThan(3));
  EXPECT_TRUE(Json::Parse(nested(4), 4)->DeeperThan(3));
  EXPECT_FALSE(Json(1).DeeperThan(0));
}

TEST(JsonParse, ReadsDoublesExactly) {
  // Each needs correct rounding: Boost 1.81's own conversion misses the last bit of some.
  for (const char* text : {"2.2250738585072011e-308", "9007199254740993.0", "0.30000000000000004",
                           "6.631236871469758276785396630275e-316", "123456789.12345678901234"}) {
    EXPECT_EQ(Json::Parse(text)->number(), std::strtod(text, nullptr)) << text;
  }
}

// Java: Double.toString.
TEST(JsonNumbers, FormatDouble) {
  struct Row {
    double value;
    const char* text;
  };
  const Row rows[] = {
      {1, "1.0"},
      {-1.5, "-1.5"},
      {0.1 + 0.2, "0.30000000000000004"},
      {0.001, "0.001"},
      {0.0009, "9.0E-4"},
      {1e-5, "1.0E-5"},
      {9999999, "9999999.0"},
      {1e7, "1.0E7"},
      {12345678.9, "1.23456789E7"},
      {1e10, "1.0E10"},
      {-1.25e100, "-1.25E100"},
      {1e21, "1.0E21"},
      {0, "0.0"},
      {-0.0, "-0.0"},
      {std::numeric_limits<double>::infinity(), "Infinity"},
  };
  for (const Row& row : rows) EXPECT_EQ(FormatDouble(row.value), row.text);
  EXPECT_EQ(Json(std::nan("")).Dump(), "\"NaN\"");
}

TEST(JsonValues, Equality) {
  EXPECT_EQ(Json(1), Json(1.0));
  EXPECT_FALSE(Json(int64_t{9007199254740993}) == Json(9007199254740992.0));
  EXPECT_FALSE(Json(INT64_MAX) == Json(0x1p63));
  EXPECT_FALSE(Json(1) == Json::Bool(true));
  EXPECT_FALSE(Json("1") == Json(1));
  EXPECT_EQ(Json::Of({{"a", 1}, {"b", 2}}), Json::Of({{"b", 2}, {"a", 1.0}}));
  EXPECT_FALSE(Json::Of({{"a", 1}}) == Json::Of({{"b", 1}}));
  EXPECT_FALSE(Json::List({1, 2}) == Json::List({2, 1}));
  EXPECT_EQ(Json(), Json(nullptr));
}

TEST(JsonValues, WithSharesWhatIsUnchanged) {
  const Json base = Json::Of({{"a", Json::List({1})}, {"b", 2}});
  const Json changed = base.With("b", 3).With("c", "x");
  EXPECT_EQ(base.Dump(), R"({"a":[1],"b":2})");
  EXPECT_EQ(changed.Dump(), R"({"a":[1],"b":3,"c":"x"})");
  EXPECT_EQ(&base.Find("a")->array(), &changed.Find("a")->array());
  EXPECT_EQ(Json(7).With("a", 1).Dump(), R"({"a":1})");
}

TEST(JsonValues, Pretty) {
  EXPECT_EQ(Json::Parse(R"({"a":[1,{}],"b":[],"c":"x"})")->DumpPretty(),
            "{\n  \"a\": [\n    1,\n    {}\n  ],\n  \"b\": [],\n  \"c\": \"x\"\n}");
}

TEST(JsonValues, FindOfWhatIsNoObject) {
  EXPECT_EQ(Json("x").Find("a"), nullptr);
  EXPECT_EQ(Json::Of({{"a", 1}}).FindString("a"), nullptr);
  EXPECT_EQ(*Json::Of({{"a", "v"}}).FindString("a"), "v");
}

// Around the size from which members are found by hash, and far beyond it.
TEST(JsonObject, FindsSetsAndErasesAtEverySize) {
  Json::Object object;
  for (int i = 0; i < 500; ++i) {
    object.Set("name" + std::to_string(i), i);
    const Json::Object copy = object;
    for (int j = 0; j <= i; ++j) {
      const Json* found = copy.Find("name" + std::to_string(j));
      ASSERT_NE(found, nullptr) << i << " " << j;
      EXPECT_EQ(found->int_value(), j);
    }
    EXPECT_EQ(copy.Find("name" + std::to_string(i + 1)), nullptr);
  }
  for (int i = 0; i < 500; i += 2) object.Erase("name" + std::to_string(i));
  object.Erase("no such name");
  EXPECT_EQ(object.size(), 250U);
  for (int i = 0; i < 500; ++i) {
    EXPECT_EQ(object.Find("name" + std::to_string(i)) != nullptr, i % 2 == 1) << i;
  }
  object.Set("name1", "again");
  EXPECT_EQ(object.size(), 250U);
  EXPECT_EQ(object.members().front().second, Json("again"));
}

TEST(JsonObject, RepeatedNamesInLargeObjects) {
  std::vector<Json::Member> members;
  for (int i = 0; i < 100; ++i) members.emplace_back("n" + std::to_string(i % 40), i);
  const Json::Object object(std::move(members));
  EXPECT_EQ(object.size(), 40U);
  EXPECT_EQ(object.Find("n0")->int_value(), 80);
  EXPECT_EQ(object.Find("n39")->int_value(), 79);
  EXPECT_EQ(object.members().front().first, "n0");
}

}  // namespace
}  // namespace segue
