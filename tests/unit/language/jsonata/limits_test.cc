#include <gtest/gtest.h>

#include "tests/unit/language/jsonata/evaluation.h"

// Nothing that an expression says may end the process, or hold it up.

namespace segue::language::jsonata {
namespace {

std::string CodeOf(std::string_view expression, const Limits& limits = {}) {
  return Evaluated(expression, "", {.limits = limits}).substr(0, 5);
}

constexpr Limits kSmall = {
    .depth_max = 2000, .steps_max = 200'000, .memory_bytes_max = size_t{8} << 20};

TEST(Limits, EndlessRecursion) {
  EXPECT_EQ(CodeOf("($f := function(){$f()}; $f())", kSmall), "U1001");
  EXPECT_EQ(CodeOf("($f := function(){1 + $f()}; $f())", kSmall), "U1001");
  EXPECT_EQ(CodeOf("($f := function(){1 + $f()}; $f())"), "U1001");
  EXPECT_EQ(CodeOf("($f := function($x){[$map([1], $f)]}; $f(1))", kSmall), "U1001");
}

TEST(Limits, TailCallsTakeNoStack) {
  EXPECT_EQ(Evaluated("($f := function($n, $s){$n = 0 ? $s : $f($n - 1, $s + $n)}; $f(50000, 0))"),
            "1250025000");
  const Limits shallow = {.depth_max = 20};
  EXPECT_EQ(Evaluated("($f := function($n){$n = 0 ? 'done' : ($m := $n - 1; $f($m))}; $f(1000))",
                      "", {.limits = shallow}),
            "\"done\"");
}

TEST(Limits, DeepValues) {
  const Limits steps = {.steps_max = 3'000'000};
  for (const std::string_view use :
       {"$string($v)", "$v", "$v = $v", "$boolean($v)", "$v.**", "$clone($v)", "$keys($v)",
        "$lookup($v, 'a')", "$spread($v)", "$v ~> |$|{}|", "$distinct([$v, [$v]])"}) {
    const std::string text =
        "($v := $reduce([1..100000], function($a, $x){[[$a, 0]]}, 0); " + std::string(use) + ")";
    EXPECT_NE(Evaluated(text, "", {.limits = steps}), "") << use;
  }
}

TEST(Limits, ChainsOfFunctions) {
  EXPECT_EQ(CodeOf("($c := function($n, $g){$n = 0 ? $g : $c($n - 1, $g ~> $abs)}; "
                   "$c(20000, $abs)(1))"),
            "U1001");
}

TEST(Limits, Memory) {
  EXPECT_EQ(CodeOf("$pad('', 1e9)", kSmall), "U1001");
  EXPECT_EQ(CodeOf("$pad('', 1e300)", kSmall), "U1001");
  EXPECT_EQ(CodeOf("$reduce([1..100], function($a, $x){$a & $a}, 'x')", kSmall), "U1001");
  EXPECT_EQ(CodeOf("$reduce([1..100], function($a, $x){$append($a, $a)}, [1])", kSmall), "U1001");
  EXPECT_EQ(CodeOf("[1..10000000].[$]", kSmall), "U1001");
  EXPECT_EQ(CodeOf("$join($map([1..1000], function(){$pad('', 100000)}))", kSmall), "U1001");
  EXPECT_EQ(CodeOf("$zip([1..10000000], [1..10000000])", kSmall), "U1001");
  EXPECT_EQ(CodeOf("$formatInteger(1e300, 'I')"), "D1001");
}

TEST(Limits, ResultsThatHoldAValueManyTimes) {
  EXPECT_EQ(CodeOf("$reduce([1..40], function($a, $x){[[$a, $a]]}, 1)", kSmall), "U1001");
  EXPECT_EQ(CodeOf("$reduce([1..40], function($a, $x){{'a': $a, 'b': $a}}, 1)", kSmall), "U1001");
  EXPECT_EQ(CodeOf("[1..1000000]", kSmall), "U1001");
  EXPECT_EQ(CodeOf("($s := $pad('', 100000); [1..1000].$s)", kSmall), "U1001");
  const std::string name(10'000, 'n');
  EXPECT_EQ(CodeOf("[1..5000].{'" + name + "': 1}", kSmall), "U1001");
  EXPECT_EQ(CodeOf("$string([1..5000].{'" + name + "': 1})", kSmall), "U1001");
}

TEST(Limits, Ranges) {
  Check({{"$count([1..10000000])", "10000000"}, {"[1..10000001]", "D2014 .. 4"}});
}

TEST(Limits, AppendingOneByOneIsNotQuadratic) {
  EXPECT_EQ(Evaluated("$count($reduce([1..50000], $append, []))"), "50000");
  EXPECT_EQ(Evaluated("($a := [1]; $b := $append($a, 2); $c := $append($a, 3); [$a, $b, $c])"),
            "[1,1,2,1,3]");
}

TEST(Limits, RegularExpressions) {
  EXPECT_EQ(CodeOf("$contains($pad('', 5000, 'a') & 'b', /(a+)+$/)"), "U1001");
  EXPECT_EQ(Evaluated("$contains($pad('', 100000, 'ab'), /^(a|b)*$/)"), "true");
}

}  // namespace
}  // namespace segue::language::jsonata
