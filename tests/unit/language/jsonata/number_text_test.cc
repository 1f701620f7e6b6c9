#include "server/language/jsonata/number_text.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace segue::language::jsonata {
namespace {

TEST(NumberText, IsJavaScripts) {
  const struct {
    double value;
    std::string_view text;
  } rows[] = {
      {0, "0"},
      {-0.0, "0"},
      {1, "1"},
      {-12.5, "-12.5"},
      {0.1, "0.1"},
      {1e15, "1000000000000000"},
      {123456789012345680000.0, "123456789012345680000"},
      {1e21, "1e+21"},
      {1.5e300, "1.5e+300"},
      {1e-6, "0.000001"},
      {1e-7, "1e-7"},
      {1.25e-9, "1.25e-9"},
      {std::numeric_limits<double>::infinity(), "Infinity"},
      {-std::numeric_limits<double>::infinity(), "-Infinity"},
      {std::nan(""), "NaN"},
  };
  for (const auto& row : rows) EXPECT_EQ(NumberText(row.value), row.text);
}

TEST(NumberText, FifteenDigits) {
  EXPECT_EQ(WithFifteenDigits(0.1 + 0.2), 0.3);
  EXPECT_EQ(WithFifteenDigits(1.0 / 3), 0.333333333333333);
  EXPECT_EQ(WithFifteenDigits(123456789), 123456789);
}

TEST(NumberText, Radix) {
  EXPECT_EQ(RadixText(255, 16), "ff");
  EXPECT_EQ(RadixText(-5, 2), "-101");
  EXPECT_EQ(RadixText(0, 36), "0");
}

TEST(NumberText, LeadingInteger) {
  EXPECT_EQ(LeadingInteger("12abc"), 12);
  EXPECT_EQ(LeadingInteger(" -7"), -7);
  EXPECT_TRUE(std::isnan(LeadingInteger("x1")));
  EXPECT_TRUE(std::isnan(LeadingInteger("-")));
  EXPECT_TRUE(std::isnan(LeadingInteger("")));
}

TEST(NumberText, ShiftsByText) {
  EXPECT_EQ(ShiftDecimal(1.005, 2), 100.5);
  EXPECT_EQ(ShiftDecimal(1e21, -21), 1);
}

}  // namespace
}  // namespace segue::language::jsonata
