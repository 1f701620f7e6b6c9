#include "server/api/grpc/page_token.h"

#include <gtest/gtest.h>

namespace segue::api {
namespace {

TEST(PageToken, GivesBackThePosition) {
  const std::string token = EncodePageToken("executions|w", {"123", "id-7"});
  const auto position = DecodePageToken("executions|w", token);
  ASSERT_TRUE(position.ok()) << position.status();
  EXPECT_EQ(*position, (std::vector<std::string>{"123", "id-7"}));
}

TEST(PageToken, OfAnotherListOrBrokenIsRefused) {
  const std::string token = EncodePageToken("executions|w", {"123", "id-7"});
  EXPECT_TRUE(absl::IsInvalidArgument(DecodePageToken("executions|v", token).status()));
  EXPECT_TRUE(absl::IsInvalidArgument(DecodePageToken("executions|w", "???").status()));
  EXPECT_TRUE(absl::IsInvalidArgument(DecodePageToken("executions|w", "AAAA").status()));
}

TEST(PageSize, FollowsAip158) {
  EXPECT_EQ(PageSize({.requested = 0, .usual = 50}).value(), 50);
  EXPECT_EQ(PageSize({.requested = 7, .usual = 50}).value(), 7);
  EXPECT_EQ(PageSize({.requested = 5000, .usual = 50}).value(), 1000);
  EXPECT_TRUE(absl::IsInvalidArgument(PageSize({.requested = -1, .usual = 50}).status()));
}

}  // namespace
}  // namespace segue::api
