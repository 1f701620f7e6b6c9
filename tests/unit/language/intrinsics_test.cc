#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "server/language/compile.h"
#include "server/language/intrinsics/call.h"
#include "tests/unit/language/test_scope.h"

namespace segue::language {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

std::string Called(std::string_view call, std::string_view input = "{}") {
  const auto expression = CompilePathOrIntrinsic(call);
  if (!expression.ok()) return std::string(expression.status().message());
  TestScope scope(input, R"({"v":{"w":5}})");
  return Text((*expression)->Evaluate(scope.Make()));
}

struct Row {
  const char* call;
  const char* input;
  const char* result;
  const char* source;
};

void ExpectRows(const std::vector<Row>& rows) {
  for (const Row& row : rows) {
    EXPECT_EQ(Called(row.call, row.input), row.result) << row.call << " " << row.source;
  }
}

TEST(Intrinsics, Texts) {
  const char* spec = "States Language, Appendix B";
  ExpectRows({
      {"States.Format('Hello, my name is {}.', $.name)", R"({"name":"Arnav"})",
       R"("Hello, my name is Arnav.")", spec},
      {"States.Format($.template, $.name)", R"({"name":"A","template":"I am {}."})", R"("I am A.")",
       spec},
      {"States.Format('{} {} {} {}', $.a, $.b, $.c, $.d)", R"({"a":null,"b":1,"c":1.10,"d":true})",
       R"("null 1 1.1 true")", "recorded: test_format_2"},
      {"States.Format('{}', $)", R"({"Arg1":1,"Arg2":[],"s":["x","y"],"o":{"k":null}})",
       R"("{Arg1=1, Arg2=[], s=[x, y], o={k=null}}")", "recorded: Java's toString"},
      {"States.Format('no place')", "{}", R"("no place")", spec},
      {"States.Format('\\{\\} {} \\' \\\\ x', 1)", "{}", R"("{} 1 ' \\ x")", "escapes"},
      {"States.Format('{} {')", "{}",
       "States.IntrinsicFailure: The function 'States.Format('{} {')' had the following error: The "
       "template has 1 placeholders, but there are 0 values for them.",
       spec},
      {"States.Format(1)", "{}",
       "States.IntrinsicFailure: The function 'States.Format(1)' had the following error: The "
       "first "
       "argument must be a string.",
       spec},
      {"States.StringToJson($.s)", R"({"s":"{\"a\":[1]}"})", R"({"a":[1]})", spec},
      {"States.StringToJson($.s)", R"({"s":""})", "null", "recorded"},
      {"States.StringToJson($.s)", R"({"s":" "})", "null", "recorded"},
      {"States.StringToJson($.s)", R"({"s":"-0"})", "0", "recorded"},
      {"States.StringToJson('{\"t\":\"A \\\\\"q\\\\\" h\"}')", "{}", R"({"t":"A \"q\" h"})",
       "an escaped backslash"},
      {"States.JsonToString($.o)", R"({"o":{"a":1,"b":[]}})", R"("{\"a\":1,\"b\":[]}")",
       "recorded"},
      {"States.JsonToString($.s)", R"({"s":"x"})", R"("\"x\"")", "recorded"},
      {"States.StringSplit($.s, ',')", R"({"s":"1,2,3"})", R"(["1","2","3"])", "recorded"},
      {"States.StringSplit($.s, ',')", R"({"s":", , ,"})", R"([" "," "])", "recorded"},
      {"States.StringSplit($.s, ',')", R"({"s":",,,,"})", "[]", "recorded"},
      {"States.StringSplit($.s, '.+,=')", R"({"s":"This.is+a,test=string"})",
       R"(["This","is","a","test","string"])", "recorded"},
      {"States.StringSplit('a é b', 'é')", "{}", R"(["a "," b"])", "a separator that is not ASCII"},
      {"States.StringSplit('Hello\nWorld', '\n')", "{}", R"(["Hello","World"])", "recorded"},
      {"States.StringSplit('ab', '')", "{}", R"(["ab"])", "no separator"},
      {"States.Base64Encode('Data to encode')", "{}", R"("RGF0YSB0byBlbmNvZGU=")", spec},
      {"States.Base64Decode('RGF0YSB0byBlbmNvZGU=')", "{}", R"("Data to encode")", "recorded"},
      {"States.Base64Decode('')", "{}", R"("")", "recorded"},
      {"States.Base64Decode('/+9h')", "{}",
       "\"\xEF\xBF\xBD\xEF\xBF\xBD"
       "a\"",
       "no UTF-8: U+FFFD, as in Java"},
  });
}

TEST(Intrinsics, Arrays) {
  const char* docs = "AWS guide, Intrinsics for arrays";
  ExpectRows({
      {"States.Array()", "{}", "[]", docs},
      {"States.Array($.a, 'x', 1, 1.5, true, null)", R"({"a":{"b":[]}})",
       R"([{"b":[]},"x",1,1.5,true,null])", docs},
      {"States.ArrayPartition($.a, 4)", R"({"a":[1,2,3,4,5,6,7,8,9]})", "[[1,2,3,4],[5,6,7,8],[9]]",
       docs},
      {"States.ArrayPartition($.a, 9223372036854775807)", R"({"a":[1,2]})", "[[1,2]]",
       "a huge chunk"},
      {"States.ArrayPartition($.a, 2)", R"({"a":[]})", "[]", "nothing to divide"},
      {"States.ArrayContains($.a, $.x)", R"({"a":[[1,2,3],2],"x":[1,2,3]})", "true", "recorded"},
      {"States.ArrayContains($.a, $.x)", R"({"a":[],"x":null})", "false", "recorded"},
      {"States.ArrayContains($.a, $.x)", R"({"a":[{"1":2,"2":[]}],"x":{"2":[],"1":2}})", "true",
       "recorded; the order of members does not count"},
      {"States.ArrayRange(1, 9, 2)", "{}", "[1,3,5,7,9]", "recorded"},
      {"States.ArrayRange(0, 10, 3)", "{}", "[0,3,6,9]", "recorded"},
      {"States.ArrayRange(1, 9, 9)", "{}", "[1]", "recorded"},
      {"States.ArrayRange(3, 0, -1)", "{}", "[3,2,1,0]", docs},
      {"States.ArrayRange(0.6, 2, 1)", "{}", "[1,2]", "numbers are rounded"},
      {"States.ArrayGetItem($.a, 5)", R"({"a":[1,2,3,4,5,6]})", "6", docs},
      {"States.ArrayLength($.a)", R"({"a":[1,2,3]})", "3", docs},
      {"States.ArrayUnique($.a)",
       R"({"a":[1,1.0,"1",null,null,{"a":1,"b":2},{"b":2,"a":1},[],[],[null],true,true]})",
       R"([1,"1",null,{"a":1,"b":2},[],[null],true])", docs},
  });
}

TEST(Intrinsics, Values) {
  const char* recorded = "recorded: test_math_add";
  ExpectRows({
      {"States.JsonMerge($.a, $.b, false)",
       R"({"a":{"a":{"x":1},"b":2,"d":3},"b":{"a":{"y":1},"c":3,"d":4}})",
       R"({"a":{"y":1},"b":2,"d":4,"c":3})", "recorded: test_json_merge"},
      {"States.MathAdd(-9, 3)", "{}", "-6", recorded},
      {"States.MathAdd(1.49, 1.5)", "{}", "3", recorded},
      {"States.MathAdd(1.5, 1.51)", "{}", "4", recorded},
      {"States.MathAdd(-1.49, -1.5)", "{}", "-2", recorded},
      {"States.MathAdd(-1.5, -1.51)", "{}", "-3", recorded},
      {"States.MathAdd(-0.5, 0)", "{}", "0", recorded},
      {"States.MathAdd(-2.5, 0)", "{}", "-2", recorded},
      {"States.MathAdd(2.5, 0)", "{}", "3", recorded},
      {"States.MathAdd(2147483647, -2147483648)", "{}", "-1", "AWS guide, the whole range"},
      {"States.Hash('input data', 'SHA-1')", "{}", R"("aaff4a450a104cd177d28d18d74485e8cae074b7")",
       "AWS guide, Intrinsic for hash calculation"},
      {"States.Hash('', 'MD5')", "{}", R"("d41d8cd98f00b204e9800998ecf8427e")", "RFC 1321"},
      {"States.Hash('abc', 'SHA-256')", "{}",
       R"("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")", "FIPS 180-2"},
      {"States.Hash('abc', 'SHA-384')", "{}",
       R"("cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7")",
       "FIPS 180-2"},
      {"States.Hash('abc', 'SHA-512')", "{}",
       R"("ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f")",
       "FIPS 180-2"},
      {"States.MathAdd($v.w, $$.List[1])", "{}", "7", "variables and the Context Object"},
      {"States.ArrayGetItem(States.StringSplit('a-b-c', '-'), States.MathAdd(States.ArrayLength("
       "States.StringSplit('a-b-c', '-')), -1))",
       "{}", R"("c")", "recorded: test_nested_calls_2"},
  });
}

// All that a function refuses, by the words of its cause.
TEST(Intrinsics, Failures) {
  struct Case {
    const char* call;
    const char* cause;
  };
  for (const Case& row : {
           Case{"States.ArrayPartition(1, 2)", "must be an array"},
           {"States.ArrayPartition(States.Array(1), 0)", "positive integer"},
           {"States.ArrayPartition(States.Array(1), 'x')", "positive integer"},
           {"States.ArrayContains('x', 'x')", "must be an array"},
           {"States.ArrayRange(1, 2, 0)", "must not be 0"},
           {"States.ArrayRange(0, 1000, 1)", "more than 1000"},
           {"States.ArrayRange('a', 1000, 1)", "must be integers"},
           {"States.ArrayGetItem(States.Array(1), 1)", "out of the bounds"},
           {"States.ArrayGetItem(States.Array(1), -1)", "out of the bounds"},
           {"States.ArrayGetItem(States.Array(1), '0')", "must be an integer"},
           {"States.ArrayLength('x')", "must be an array"},
           {"States.ArrayUnique('x')", "must be an array"},
           {"States.Base64Encode(1)", "must be a string"},
           {"States.Base64Decode('%')", "no Base64"},
           {"States.Hash('a', 'SHA-3')", "SHA-512"},
           {"States.JsonMerge(1, 2, false)", "must be objects"},
           {"States.JsonMerge(States.StringToJson('{}'), States.StringToJson('{}'), true)",
            "Deep merging"},
           {"States.StringToJson('{')", "invalid JSON"},
           {"States.StringToJson(1)", "must be a string"},
           {"States.StringSplit(1, 'a')", "must be strings"},
           {"States.MathAdd('1', 2)", "must be numbers"},
           {"States.MathAdd(2147483648, 1)", "from -2147483648 to 2147483647"},
           {"States.MathAdd(1, -2147483648.6)", "from -2147483648 to 2147483647"},
           {"States.MathAdd(1e300, 1)", "must be numbers"},
           {"States.MathRandom(5, 5)", "less than"},
           {"States.MathRandom('a', 5)", "must be numbers"},
       }) {
    const std::string result = Called(row.call);
    EXPECT_THAT(result, StartsWith(std::string("States.IntrinsicFailure: The function '") +
                                   row.call + "' had the following error: "));
    EXPECT_THAT(result, HasSubstr(row.cause));
  }
}

TEST(Intrinsics, TextsThatAreTooLong) {
  const std::string longest(10'000, 'a');
  for (const char* call :
       {"States.Base64Encode($)", "States.Base64Decode($)", "States.Hash($, 'MD5')"}) {
    EXPECT_THAT(Called(call, '"' + longest + '"'), StartsWith("\"")) << call;
    EXPECT_THAT(Called(call, '"' + longest + "a\""), StartsWith("States.IntrinsicFailure")) << call;
  }
}

// AWS's own causes (github.com/floci-io/floci, captured in us-east-1).
TEST(Intrinsics, ArgumentsThatAreNotThere) {
  const std::string end = " could not be found in the input '{\"other\":1}'";
  struct Case {
    const char* call;
    const char* path;
  };
  for (const Case& row : {Case{"States.Format('{}', $.nope)", "$.nope"},
                          {"States.Format('{}',$.nope)", "$.nope"},
                          {"States.Format('{} {}', $.other, $.a.b)", "$.a.b"},
                          {"States.Format('{}', States.Format('{}', $.nope))", "$.nope"},
                          {"States.Format('{}', $$.Nope.Deep)", "$.Nope.Deep"}}) {
    EXPECT_EQ(Called(row.call, R"({"other":1})"),
              std::string("States.Runtime: The function '") + row.call +
                  "' had the following error: The JsonPath argument for the field '" + row.path +
                  "'" + end);
  }
  EXPECT_EQ(
      Called("States.Format('{}', $.items[5])", R"({"items":[1,2]})"),
      "States.Runtime: The function 'States.Format('{}', $.items[5])' had the following error: The "
      "JsonPath argument for the field '$.items[5]' could not be found in the input "
      "'{\"items\":[1,2]}'");
  EXPECT_EQ(
      Called("States.Format('{}', $.other[0])", R"({"other":1})"),
      "States.Runtime: The function 'States.Format('{}', $.other[0])' had the following error: "
      "Filter: [0] can only be applied to arrays. Current context is: 1");
  EXPECT_EQ(Called("States.ArrayLength($.items[*].nope)", R"({"items":[1,2]})"), "0");
  EXPECT_EQ(Called("States.Format('{}', $.nul)", R"({"nul":null})"), "\"null\"");
}

TEST(Intrinsics, Randomness) {
  TestScope scope("{}");
  const auto draw = *CompilePathOrIntrinsic("States.MathRandom(-2, 2)");
  for (int i = 0; i < 100; ++i) {
    const auto value = draw->Evaluate(scope.Make());
    EXPECT_GE(value->int_value(), -2);
    EXPECT_LT(value->int_value(), 2);
  }
  const auto uuid = *CompilePathOrIntrinsic("States.UUID()");
  EXPECT_THAT(uuid->Evaluate(scope.Make())->string(), ::testing::SizeIs(36));
  EXPECT_NE(Text(uuid->Evaluate(scope.Make())), Text(uuid->Evaluate(scope.Make())));
  // new java.util.Random(42).nextDouble() is 0.7275636800328681.
  EXPECT_EQ(Called("States.MathRandom(0, 10000, 42)"), "7275");
  EXPECT_EQ(Called("States.MathRandom(12.5, 44.51)"), Called("States.MathRandom(13, 45)"));
}

TEST(Intrinsics, RefusesWhatIsNoCall) {
  struct Case {
    const char* call;
    const char* fault;
  };
  for (const Case& row : {
           Case{"", "there is no function ''"},
           {"Foo()", "there is no function 'Foo'"},
           {"States.Nope()", "there is no function 'States.Nope'"},
           {"States.UUID", "'(' is expected"},
           {"States.UUID(", "is expected"},
           {"States.UUID() x", "unexpected text"},
           {"States.UUID(1)", "does not take 1 arguments"},
           {"States.ArrayLength()", "does not take 0 arguments"},
           {"States.Array(1,)", "is expected"},
           {"States.Array(1 2)", "is expected"},
           {"States.Array('a)", "closing quote"},
           {"States.Array(\"a\")", "is expected"},
           {"States.Array('a\\b')",
            "a backslash must stand before ', {, } or another one at "
            "character 16"},
           {"States.Array(tru)", "is expected"},
           {"States.Array($.a[)", "invalid path"},
           {"States.Array(States.Nope())", "there is no function 'States.Nope'"},
       }) {
    EXPECT_THAT(Called(row.call), HasSubstr(row.fault)) << row.call;
  }
}

TEST(Intrinsics, NestTenDeep) {
  const auto nested = [](int depth) {
    std::string call = "1";
    for (int i = 0; i < depth; ++i) call = "States.Array(" + call + ")";
    return call;
  };
  EXPECT_EQ(Called(nested(10)), "[[[[[[[[[[1]]]]]]]]]]");
  EXPECT_THAT(Called(nested(11)), HasSubstr("more than 10 deep"));
}

}  // namespace
}  // namespace segue::language
