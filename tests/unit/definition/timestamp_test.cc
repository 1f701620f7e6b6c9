#include "server/language/timestamp.h"

#include <gtest/gtest.h>

namespace segue::language {
namespace {

TEST(Timestamp, ReadsRfc3339) {
  const absl::Time base = absl::FromUnixSeconds(1457920740);  // 2016-03-14T01:59:00Z
  EXPECT_EQ(ParseTimestamp("2016-03-14T01:59:00Z"), base);
  EXPECT_EQ(ParseTimestamp("2016-03-14T01:59:00.25Z"), base + absl::Milliseconds(250));
  EXPECT_EQ(ParseTimestamp("2016-03-14T01:59:00.1234567891Z"), base + absl::Nanoseconds(123456789));
  EXPECT_EQ(ParseTimestamp("2016-03-14T03:59:00+02:00"), base);
  EXPECT_EQ(ParseTimestamp("2016-03-13T20:29:00-05:30"), base);
  EXPECT_EQ(ParseTimestamp("2016-02-29T00:00:00Z"), absl::FromUnixSeconds(1456704000));
}

TEST(Timestamp, RefusesTheRest) {
  for (const char* text :
       {"", "2016-03-14", "2016-03-14t01:59:00Z", "2016-03-14T01:59:00z", "2016-03-14 01:59:00Z",
        "2016-03-14T01:59:00", "2016-13-05T21:29:29Z", "2016-12-05T25:29:29Z",
        "05-12-2016T21:29:29Z", "2015-02-29T00:00:00Z", "2016-03-14T01:59:00.Z",
        "2016-03-14T01:59Z", "2016-03-14T01:59:00+2", "2016-03-14T01:59:00+24:00",
        "2016-03-14T01:59:00Z ", "+016-03-14T01:59:00Z"}) {
    EXPECT_EQ(ParseTimestamp(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace segue::language
