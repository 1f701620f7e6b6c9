#include "server/base/closest_name.h"

#include "gtest/gtest.h"

namespace segue {
namespace {

TEST(ClosestName, IsAtMostTwoLettersAway) {
  const std::vector<std::string> names = {"submit", "list", "lint", "history"};
  struct Row {
    std::string word;
    std::optional<std::string> meant;
  };
  for (const Row& row : std::vector<Row>{{"submit", "submit"},
                                         {"subit", "submit"},
                                         {"sumbit", "submit"},
                                         {"lit", "list"},  // as near as "lint", which comes later
                                         {"hystorie", std::nullopt},
                                         {"", std::nullopt}}) {
    EXPECT_EQ(ClosestName(row.word, names), row.meant) << row.word;
  }
  EXPECT_EQ(ClosestName("a", {}), std::nullopt);
}

}  // namespace
}  // namespace segue
