#include "server/base/random.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace segue {
namespace {

using ::testing::MatchesRegex;
using ::testing::StartsWith;

TEST(Random, GivesTheSameNumbersForTheSameSeed) {
  Random one(7), same(7), other(8);
  const uint64_t first = one.Next();
  EXPECT_EQ(first, same.Next());
  EXPECT_NE(first, other.Next());
}

TEST(Random, BelowStaysBelow) {
  Random random(1);
  EXPECT_EQ(random.Below(0), 0u);
  EXPECT_EQ(random.Below(1), 0u);
  bool seen[3] = {};
  for (int i = 0; i < 100; ++i) seen[random.Below(3)] = true;
  EXPECT_TRUE(seen[0] && seen[1] && seen[2]);
}

TEST(Random, UuidsAreOfTheVersionTheySay) {
  Random random(1);
  for (int i = 0; i < 100; ++i) {
    EXPECT_THAT(random.Uuid(), MatchesRegex("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}"
                                            "-[0-9a-f]{12}"));
    EXPECT_THAT(random.TimedUuid(i), MatchesRegex("[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab]"
                                                  "[0-9a-f]{3}-[0-9a-f]{12}"));
  }
}

// The time of the example in RFC 9562, appendix A.6.
TEST(Random, TimedUuidsBeginWithTheTimeAndSortByIt) {
  Random random(1);
  const int64_t time = 0x017f22e279b0;
  const std::string uuid = random.TimedUuid(time);
  EXPECT_THAT(uuid, StartsWith("017f22e2-79b0-7"));
  EXPECT_NE(random.TimedUuid(time), uuid);
  EXPECT_LT(uuid, random.TimedUuid(time + 1));
}

}  // namespace
}  // namespace segue
