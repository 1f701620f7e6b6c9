#include "server/engine/map_input.h"

#include <gtest/gtest.h>

#include <optional>
#include <vector>

namespace segue::engine {
namespace {

TEST(ToleratedFailures, AreAsManyAsCountAndPercentageAllow) {
  struct Row {
    std::optional<int64_t> count;
    std::optional<double> percentage;
    int64_t length;
    int64_t tolerated;
  };
  for (const Row& row : std::vector<Row>{{std::nullopt, std::nullopt, 10, 0},
                                         {3, std::nullopt, 10, 3},
                                         {30, std::nullopt, 10, 10},
                                         {std::nullopt, 34, 3, 1},
                                         {std::nullopt, 33, 3, 0},
                                         {std::nullopt, 100, 7, 7},
                                         {std::nullopt, 29, 100, 29},
                                         {std::nullopt, 57, 200, 114},
                                         {std::nullopt, 33.3, 1000, 333},
                                         {2, 50, 10, 2},
                                         {8, 50, 10, 5}}) {
    EXPECT_EQ(ToleratedFailures({.count = row.count, .percentage = row.percentage}, row.length),
              row.tolerated)
        << row.percentage.value_or(-1) << " % of " << row.length;
  }
}

}  // namespace
}  // namespace segue::engine
