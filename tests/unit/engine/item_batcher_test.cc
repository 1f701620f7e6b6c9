#include "server/engine/item_batcher.h"

#include <gtest/gtest.h>

#include <string>

namespace segue::engine {
namespace {

TEST(BatchItems, FillsBatchesAsFarAsTheLimitsAllow) {
  const struct {
    const char* name;
    BatchPlan plan;
    const char* items;
    const char* batches;
  } cases[] = {
      {"by count", {.items_max = 2}, "[1, 2, 3]", R"([{"Items": [1, 2]}, {"Items": [3]}])"},
      {"none", {.items_max = 2}, "[]", "[]"},
      // An empty batch has 12 bytes, an item its own and a comma.
      {"by size", {.input_bytes_max = 16}, "[1, 2, 3]", R"([{"Items": [1, 2]}, {"Items": [3]}])"},
      {"one at least", {.input_bytes_max = 1}, "[1, 2]", R"([{"Items": [1]}, {"Items": [2]}])"},
      {"both",
       {.items_max = 1, .input_bytes_max = 90},
       "[1, 2]",
       R"([{"Items": [1]}, {"Items": [2]}])"},
      {"with an input of their own",
       {.items_max = 9, .batch_input = Json(7)},
       "[1]",
       R"([{"BatchInput": 7, "Items": [1]}])"},
  };
  for (const auto& one : cases) {
    SCOPED_TRACE(one.name);
    EXPECT_EQ(BatchItems(one.plan, Json::Parse(one.items).value()),
              Json::Parse(one.batches).value());
  }
}

// AWS: no input is larger than 256 KiB, whatever the limits say.
TEST(BatchItems, NoBatchIsLargerThanAnInput) {
  const Json large(std::string(200 * 1024, 'x'));
  const Json batches =
      BatchItems({.items_max = 9, .input_bytes_max = 1 << 30}, Json::List({large, large}));
  EXPECT_EQ(batches.array().size(), 2u);
}

TEST(ItemBatcher, CountsItsItems) {
  ItemBatcher batcher({.items_max = 2});
  EXPECT_FALSE(batcher.Add(Json(1)));
  EXPECT_FALSE(batcher.Add(Json(2)));
  const std::optional<Batch> full = batcher.Add(Json(3));
  ASSERT_TRUE(full);
  EXPECT_EQ(full->items, 2);
  const std::optional<Batch> rest = batcher.Finish();
  ASSERT_TRUE(rest);
  EXPECT_EQ(rest->items, 1);
  EXPECT_FALSE(batcher.Finish());
}

}  // namespace
}  // namespace segue::engine
