#include <gtest/gtest.h>

#include "tests/unit/language/jsonata/evaluation.h"

// Parser and builder: what binds how, and what is refused where.

namespace segue::language::jsonata {
namespace {

TEST(Syntax, Precedence) {
  Check({
      {"1+2*3-4/2", "5"},
      {"-2+3", "1"},
      {"1<2 = true", "true"},
      {"true or false and false", "true"},
      {"'a' & 'b' = 'ab'", "true"},
      {"false ? 1 : true ? 2 : 3", "2"},
      {"($x := $y := 3; $x + $y)", "6"},
      {"and.or.in", "1", R"({"and": {"or": {"in": 1}}})"},
      {"[1..3][1]", "2"},
      {"[3,1] ~> $sort() ~> $string()", R"("[1,3]")"},
  });
}

TEST(Syntax, Faults) {
  Check({
      {"", "S0207 (end) 0"},
      {"1 +", "S0207 (end) 3"},
      {"(1", "S0203 (end) 2"},
      {"[1)", "S0202 ) 3"},
      {"1 2", "S0201 2 3"},
      {"a ! b", "S0204 ! 3"},
      {"function(a){1}", "S0208 a 10"},
      {"$a{b:c}[0]", "S0209 8"},
      {"a{b:c}{d:e}", "S0210 7"},
      {"+1", "S0211 + 1"},
      {"1 := 2", "S0212 1 1"},
      {"a.1", "S0213 3"},
      {"a@b", "S0214 @ 3"},
      {"a[0]@$x", "S0215 5"},
      {"a^(b)@$x", "S0216 6"},
      {"%", "S0217 parent 1"},
      {"'a'.%.%.%", "S0217 path 3"},
      {"function($a)<n<n>>{1}", "S0401 15"},
      {"function($a)<(s<n>)>{1}", "S0402 14"},
      {"/[/", "S0302 3"},
      {"/(?<a/", "S0302 6"},
      {"/a**/", "S0303 5"},
  });
}

TEST(Syntax, PositionsCountUtf16Units) {
  Check({{"'\U0001F600\u00E9' !", "S0204 ! 7"}, {"'\U0001F600' & 1 + true", "T2001 + 10"}});
}

TEST(Syntax, NestingIsBounded) {
  const auto repeated = [](std::string_view piece, int count) {
    std::string text;
    for (int i = 0; i < count; ++i) text += piece;
    return text;
  };
  EXPECT_EQ(Evaluated(repeated("(", 100000)).substr(0, 5), "U1001");
  EXPECT_EQ(Evaluated(repeated("[", 150) + repeated("]", 150)).size(), 300u);
  EXPECT_EQ(Evaluated("1" + repeated("+1", 100000)).substr(0, 5), "U1001");
  EXPECT_EQ(Evaluated("1" + repeated("+1", 500)), "501");
  EXPECT_EQ(Evaluated(repeated("-", 100000) + "1").substr(0, 5), "U1001");
  EXPECT_EQ(Evaluated(repeated("/* */", 100000) + "1"), "1");
}

}  // namespace
}  // namespace segue::language::jsonata
