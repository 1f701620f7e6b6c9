#include <gtest/gtest.h>

#include "tests/unit/language/jsonata/evaluation.h"

// What the reference's suite, which the conformance test runs, does not look at. The answers are
// the reference's.

namespace segue::language::jsonata {
namespace {

TEST(Functions, Strings) {
  Check({
      {"$substring('hello', 1.5, 2.5)", R"("ell")"},
      {"$substring('hello', -10, 3)", R"("hel")"},
      {"$substringAfter('hello', '')", R"("hello")"},
      {"$pad('a', 3.7, '-')", R"("a--")"},
      {"$split('\U0001F600a', '')[2]", R"("a")"},
      {"$split('a,b', ',', 1.5)", R"(["a"])"},
      {"$replace('abc', /(a)(b)/, '$2$1$3$$')", R"("ba$c")"},
      {"$replace('hello', /x*/, '-')", "D1004 replace 9"},
      {"$match('abc', /(z)?b/)", R"({"match":"b","index":1,"groups":[null]})"},
      {"$base64encode('\u00E9')", R"("6Q==")"},
      {"$encodeUrl('a b?\u00E9#')", R"("a%20b?%C3%A9#")"},
      {"$decodeUrlComponent('%C3%28')", "D3140 decodeUrlComponent 20"},
      {"$string([$sum])", R"("[\"\"]")"},
      {"$string({}, true)", R"("{}")"},
      {"$string([1, {\"a\": null}], true)", R"("[\n  1,\n  {\n    \"a\": null\n  }\n]")"},
  });
}

TEST(Functions, Numbers) {
  Check({
      {"$round(2.5) & $round(3.5) & $round(-2.5)", R"("24-2")"},
      {"$round(1.005, 2)", "1"},
      {"$round(12345, -2)", "12300"},
      {"$number('0x1F') + $number('0b101') + $number('0o17')", "51"},
      {"$number('1.')", "D3030 number 8"},
      {"$formatBase(-255, 36)", R"("-73")"},
      {"$power(10, 1000)", "D3061 power 7"},
      {"$formatNumber(1234567, '#,##,#0')", R"("1,23,45,67")"},
      {"$formatInteger(1999, 'Ww')", R"("One Thousand, Nine Hundred and Ninety-Nine")"},
      {"$formatInteger(112, '0;o')", R"("112th")"},
      {"1/0 > 3", "true"},
      {"1/0 + 3", "D1001 + 5"},
  });
}

TEST(Functions, Times) {
  Check({
      {"$toMillis('2018-02-30')", "1519948800000"},
      {"$toMillis('2018-13-01')", "null"},
      {"$toMillis('2018-01-01T10:20:30+0530')", "1514782230000"},
      {"$toMillis('foo')", "D3110 toMillis 10"},
      {"$fromMillis(1521801216617, '[Z00:00t] [z0]', '+0100')", R"("+01:00 GMT+1")"},
      {"$fromMillis(-62135596800000)", R"("0001-01-01T00:00:00.000Z")"},
      {"$now()", R"("2023-11-14T22:13:20.123Z")"},
      {"$millis()", "1700000000123"},
  });
}

// Where the parts of a picture stand: as long as those behind them let them be, whatever the case.
TEST(Functions, TimesOfPictures) {
  Check({
      {"$toMillis('20180322', '[Y][M01][D01]')", "1521676800000"},
      {"$toMillis('1232018', '[D][M][Y]')", "-892252800000"},
      {"$toMillis('2018', '[Y][Y]')", "-1956614400000"},
      {"$toMillis('123', '[Y9,1-2][M]')", "-1825200000000"},
      {"$toMillis('12', '[Y#1][M]')", "-2174774400000"},
      {"$toMillis('2018-03-22t10:20', '[Y]-[M]-[D]T[H]:[m]')", "1521714000000"},
      {"$toMillis('2018\u00C903', '[Y]\u00E9[M]')", "1519862400000"},
      {"$toMillis('March 3RD, 2018', '[MNn] [D1o], [Y]')", "1520035200000"},
      {"$toMillis('march 3rd, 2018', '[MNn] [D1o], [Y]')", "D3136 toMillis 10"},
      {"$toMillis('Twenty-second of March, two thousand and eighteen', "
       "'[Dwo] of [MNn], [Yw]')",
       "1521676800000"},
      {"$toMillis('MMXVIII-iii-22', '[YI]-[Mi]-[D]')", "1521676800000"},
      {"$toMillis('2018-03-22 10:20 GMT-05:00', '[Y]-[M]-[D] [H]:[m] [z]')", "1521732000000"},
      {"$toMillis('2018-03-22 10:20+0530', '[Y]-[M]-[D] [H]:[m][Z0000]')", "1521694200000"},
      {"$toMillis('2018-03-22 10:20+5', '[Y]-[M]-[D] [H]:[m][Z0]')", "1521696000000"},
      {"$toMillis('2018.03', '[Y].[M]')", "1519862400000"},
      {"$toMillis('2018x03', '[Y].[M]')", "undefined"},
      {"$toMillis('2018-03-22\\n', '[Y]-[M]-[D]')", "undefined"},
      {"$toMillis('x2018-03-22', '[Y]-[M]-[D]')", "undefined"},
      {"$toMillis('', '[Y]')", "undefined"},
      {"$toMillis('2018', '[E]')", "D3133 toMillis 10"},
      {"$toMillis('2018', '[Y*]')", "D3130 toMillis 10"},
      // So many ways to read it that none is looked for to the end.
      {"$toMillis($pad('', 3000, '1') & 'x', '[Y][Y][Y][Y]')", "undefined"},
  });
}

TEST(Functions, OfFunctions) {
  Check({
      {"$map([1, 2], function(){5})", "[5,5]"},
      {"$map(['ab'], $substringBefore)", "T0410 map 5"},
      {"$reduce([1..5], $append)", "[1,2,3,4,5]"},
      {"$reduce([1, 2], function($a){$a})", "D3050 reduce 8"},
      {"$single([1, 2, 3], function($x){$x > 1})", "D3138 single 8"},
      {"$sort([1, 'a'])", "D3070 sort 6"},
      {"$boolean(function(){1})", "false"},
      {"function(){1} ? 1 : 2", "1"},
      {"($f := $uppercase ~> $trim; $f(' a '))", R"("A")"},
      {"$substring(?, 0, 2)('hello')", R"("he")"},
      {"($f := function($x, $y){$x - $y}; $f(?, 1)(5))", "4"},
      {"('abc').$length()", "3"},
  });
}

TEST(Functions, Collections) {
  Check({
      {"$distinct([1, '1', [1], [1], {\"a\": 1}, {\"a\": 1}])", R"([1,"1",[1],{"a":1}])"},
      {"$spread([{\"a\": 1, \"b\": 2}])", R"([{"a":1},{"b":2}])"},
      {"$zip([1, 2], [3, 4, 5])", "[[1,3],[2,4]]"},
      {"$merge([{\"a\": 1}, {\"a\": 2}])", R"({"a":2})"},
      {"$keys([{\"a\": 1}, {\"b\": 2}])", R"(["a","b"])"},
      {"$sift({\"a\": 1}, function($v){$v > 1})", "undefined"},
  });
}

}  // namespace
}  // namespace segue::language::jsonata
