#include "server/engine/map_items.h"

#include <gtest/gtest.h>

#include <string>

namespace segue::engine {
namespace {

TEST(ReadItems, ReadsWhatTheConfigSays) {
  const struct {
    const char* data;
    const char* config;
    const char* items;
  } cases[] = {
      {"[1, {\"a\": 2}]", R"({"InputType": "JSON"})", R"([1, {"a": 2}])"},
      {"[1]", "null", "[1]"},
      {R"({"a": 1, "b": 2})", R"({"InputType": "JSON"})",
       R"([{"Key": "a", "Value": 1}, {"Key": "b", "Value": 2}])"},
      {R"({"a~/": [0, [1, 2]]})", R"({"InputType": "JSON", "ItemsPointer": "/a~0~1/1"})", "[1, 2]"},
      {"1\n\n{\"a\": 2}\r\n", R"({"InputType": "JSONL"})", R"([1, {"a": 2}])"},
      {"x,y\n1,2\n\n3\n", R"({"InputType": "CSV", "CSVHeaderLocation": "FIRST_ROW"})",
       R"([{"x": "1", "y": "2"}, {"x": "3", "y": ""}])"},
      {"1|\"a \"\"b\"\"|\nc\"\r\n",
       R"({"InputType": "CSV", "CSVHeaderLocation": "GIVEN", "CSVHeaders": ["x", "y"],
           "CSVDelimiter": "PIPE"})",
       R"([{"x": "1", "y": "a \"b\"|\nc"}])"},
      {"", R"({"InputType": "CSV"})", "[]"},
  };
  for (const auto& one : cases) {
    SCOPED_TRACE(one.data);
    const Outcome<Json> items = ReadItems(one.data, Json::Parse(one.config).value());
    ASSERT_TRUE(items.ok()) << items.error().cause;
    EXPECT_EQ(*items, Json::Parse(one.items).value());
  }
}

TEST(ReadItems, FailsWhereTheDataIsAnother) {
  const struct {
    const char* data;
    const char* config;
  } cases[] = {
      {"[", "{}"},
      {"1", "{}"},
      {R"({"a": 1})", R"({"ItemsPointer": "/a"})"},
      {R"({"a": [1]})", R"({"ItemsPointer": "/a/1"})"},
      {R"({"a": [1]})", R"({"ItemsPointer": "a"})"},
      {"{\n", R"({"InputType": "JSONL"})"},
      {"", R"({"InputType": "PARQUET"})"},
  };
  for (const auto& one : cases) {
    const Outcome<Json> items = ReadItems(one.data, Json::Parse(one.config).value());
    ASSERT_FALSE(items.ok()) << one.data;
    EXPECT_EQ(items.error().name, "States.ItemReaderFailed");
  }
}

}  // namespace
}  // namespace segue::engine
