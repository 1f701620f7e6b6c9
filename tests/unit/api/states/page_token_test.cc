#include "server/api/states/page_token.h"

#include <gtest/gtest.h>

namespace segue::api::states {
namespace {

TEST(PageToken, BringsItsPositionBack) {
  const Json input = Json::Of({{"nextToken", EncodePageToken("list", "17\nx")}});
  const ApiResult<std::string> position = PagePosition(input, "list");
  ASSERT_TRUE(position.ok());
  EXPECT_EQ(*position, "17\nx");
}

TEST(PageToken, IsAbsentOnTheFirstPage) {
  const ApiResult<std::string> position = PagePosition(Json::Object(), "list");
  ASSERT_TRUE(position.ok());
  EXPECT_EQ(*position, "");
}

TEST(PageToken, OfAnotherListIsRefused) {
  for (const std::string& token : {EncodePageToken("other", "17"), std::string("%%%")}) {
    const ApiResult<std::string> position = PagePosition(Json::Of({{"nextToken", token}}), "list");
    ASSERT_FALSE(position.ok());
    EXPECT_EQ(position.error(), InvalidToken());
  }
}

TEST(PageSize, HasADefault) {
  EXPECT_EQ(PageSize(Json::Object()), 100);
  EXPECT_EQ(PageSize(Json::Of({{"maxResults", 0}})), 100);
  EXPECT_EQ(PageSize(Json::Of({{"maxResults", 7}})), 7);
}

}  // namespace
}  // namespace segue::api::states
