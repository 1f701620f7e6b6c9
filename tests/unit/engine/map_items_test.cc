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
      {R"({"a": 1, "b": 2})", R"({"InputType": "JSON"})", R"({"a": 1, "b": 2})"},
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

TEST(ReadManifest, AnInventoryNamesItsFilesAndColumns) {
  const Json config = Json::Of({{"InputType", "MANIFEST"}});
  EXPECT_TRUE(IsManifest(config));
  const Outcome<Manifest> manifest = ReadManifest(R"({
      "sourceBucket": "shop", "destinationBucket": "arn:aws:s3:::lists", "version": "2016-11-30",
      "fileFormat": "CSV", "fileSchema": "Bucket, Key, Size",
      "files": [{"key": "data/1.csv.gz", "size": 7}, {"key": "data/2.csv.gz", "size": 7}]})",
                                                  config);
  ASSERT_TRUE(manifest.ok()) << manifest.error().cause;
  ASSERT_EQ(manifest->files.size(), 2u);
  EXPECT_EQ(manifest->files[1].bucket, "lists");
  EXPECT_EQ(manifest->files[1].key, "data/2.csv.gz");
  const Outcome<Json> items = ReadItems("\"shop\",\"a%2Bb\",\"7\"\n", manifest->config);
  ASSERT_TRUE(items.ok());
  EXPECT_EQ(*items, Json::Parse(R"([{"Bucket": "shop", "Key": "a%2Bb", "Size": "7"}])").value());
}

TEST(ReadManifest, AListOfUrisSaysHowToReadThem) {
  const Json config = Json::Of({{"InputType", "JSONL"}, {"ManifestType", "ATHENA_DATA"}});
  EXPECT_TRUE(IsManifest(config));
  const Outcome<Manifest> manifest = ReadManifest("s3://b/x/1.jsonl\ns3://c/2\n", config);
  ASSERT_TRUE(manifest.ok()) << manifest.error().cause;
  ASSERT_EQ(manifest->files.size(), 2u);
  EXPECT_EQ(manifest->files[0].bucket, "b");
  EXPECT_EQ(manifest->files[0].key, "x/1.jsonl");
  EXPECT_EQ(manifest->files[1].key, "2");
  EXPECT_FALSE(IsManifest(manifest->config));
}

TEST(ReadManifest, FailsWhereItIsNone) {
  const struct {
    const char* data;
    const char* type;
  } cases[] = {
      {"[", "S3_INVENTORY"},
      {"{}", "S3_INVENTORY"},
      {R"({"files": [], "fileFormat": "ORC"})", "S3_INVENTORY"},
      {"http://b/k\n", "ATHENA_DATA"},
  };
  for (const auto& one : cases) {
    const Outcome<Manifest> manifest =
        ReadManifest(one.data, Json::Of({{"ManifestType", one.type}}));
    ASSERT_FALSE(manifest.ok()) << one.data;
    EXPECT_EQ(manifest.error().name, "States.ItemReaderFailed");
  }
}

}  // namespace
}  // namespace segue::engine
