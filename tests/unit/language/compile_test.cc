#include "server/language/compile.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/unit/language/test_scope.h"

namespace segue::language {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

std::string Evaluated(const absl::StatusOr<ExpressionPtr>& expression, std::string_view input) {
  if (!expression.ok()) return std::string(expression.status().message());
  TestScope scope(input, R"({"order":{"id":"o-1"},"n":null})");
  return Text((*expression)->Evaluate(scope.Make()));
}

TEST(CompilePath, Roots) {
  EXPECT_EQ(Evaluated(CompilePath("$"), "[1]"), "[1]");
  EXPECT_EQ(Evaluated(CompilePath("$"), "null"), "null");
  EXPECT_EQ(Evaluated(CompilePath("$.a[0]"), R"({"a":[7]})"), "7");
  EXPECT_EQ(Evaluated(CompilePath("$$.Execution.Name"), "{}"), "\"run-1\"");
  EXPECT_EQ(Evaluated(CompilePath("$$"), "{}"), TestScope::Context().Dump());
  EXPECT_EQ(Evaluated(CompilePath("$order.id"), "{}"), "\"o-1\"");
  EXPECT_EQ(Evaluated(CompilePath("$n"), "{}"), "null");
  EXPECT_EQ((*CompilePath("$.a"))->text(), "$.a");
  EXPECT_FALSE(CompilePath("States.UUID()").ok());
}

TEST(CompilePath, SharesWhatItFinds) {
  TestScope scope(R"({"a":{"b":[1,2,3]}})");
  const auto found = (*CompilePath("$.a.b"))->Evaluate(scope.Make());
  EXPECT_EQ(&found->array(), &scope.input.Find("a")->Find("b")->array());
}

TEST(CompilePath, CausesOfWhatIsMissing) {
  struct Row {
    const char* path;
    PathOptions options;
    const char* input;
    const char* result;
    const char* source;
  };
  PathOptions seconds;
  seconds.missing = PathOptions::Missing::kNoInputValue;
  seconds.field = "SecondsPath";
  PathOptions field;
  field.missing = PathOptions::Missing::kTemplateField;
  field.field = "address.$";
  for (const Row& row : {
           Row{"$.no.such.result.path",
               {},
               "{}",
               "States.Runtime: Invalid path '$.no.such.result.path' : Missing property in path "
               "$['no']",
               "recorded: an OutputPath"},
           {"$.x",
            {},
            "{}",
            "States.Runtime: Invalid path '$.x' : No results for path: $['x']",
            "Jayway, getValue"},
           {"$.x",
            {},
            "null",
            "States.Runtime: Unable to apply Path transformation to null or empty input.",
            "AWS"},
           {"$.input.waitSeconds", seconds, "{}",
            "States.Runtime: The SecondsPath parameter does not reference an input value: "
            "$.input.waitSeconds",
            "recorded: a Wait state"},
           {"$.application.address", field, R"({"flagged":false})",
            "States.Runtime: The JSONPath '$.application.address' specified for the field "
            "'address.$' "
            "could not be found in the input '{\"flagged\":false}'",
            "AWS workshop 'service orchestration'"},
           {"$.items[5]", field, R"({"items":[1]})", "null", "AWS: an index past the end"},
           {"$.items[*].x", field, R"({"items":[1]})", "[]", "indefinite and empty"},
       }) {
    EXPECT_EQ(Evaluated(CompilePath(row.path, row.options), row.input), row.result) << row.source;
  }
  field.missing_error = "Other";
  EXPECT_THAT(Evaluated(CompilePath("$nope.x", field), "{}"), StartsWith("Other: "));
}

TEST(CompilePayloadTemplate, Evaluates) {
  struct Row {
    const char* payload;
    const char* input;
    const char* result;
    const char* source;
  };
  for (
      const Row& row : {
          Row{R"({"flagged":true,"parts":{"first.$":"$.vals[0]","last3.$":"$.vals[3:]"}})",
              R"({"flagged":7,"vals":[0,10,20,30,40,50]})",
              R"({"flagged":true,"parts":{"first":0,"last3":[30,40,50]}})",
              "States Language, Payload Template"},
          {R"json({"a.$":"$$.State.Name","b.$":"$order.id","c.$":"States.Format('{}!', $.x)"})json",
           R"({"x":1})", R"({"a":"S","b":"o-1","c":"1!"})", "context, variables, intrinsics"},
          {R"([{"x.$":"$.x"},"$.x",[{"y":1}]])", R"({"x":1})", R"([{"x":1},"$.x",[{"y":1}]])",
           "objects inside arrays"},
          {R"({"z":1,"x.$":"$.x","a":{"b":{"c.$":"$"},"d":2}})", R"({"x":null})",
           R"({"z":1,"x":null,"a":{"b":{"c":{"x":null}},"d":2}})", "the order of members stays"},
          {R"({"x":"$.x"})", "{}", R"({"x":"$.x"})", "a name without .$ is literal"},
          {R"({".$":"$.x"})", R"({"x":1})", R"({"":1})", "an empty name"},
          {R"("text")", "{}", R"("text")", "any value"},
          {R"({"a":{"x.$":"$.nope"}})", R"({"b":1})",
           "States.Runtime: The JSONPath '$.nope' specified for the field 'x.$' could not be found "
           "in "
           "the input '{\"b\":1}'",
           "AWS"},
          {R"({"x.$":"$$.Nope.Deep"})", "{}",
           "States.Runtime: The JSONPath '$.Nope.Deep' specified for the field 'x.$' could not be "
           "found "
           "in the input "
           "'{\"Execution\":{\"Name\":\"run-1\"},\"State\":{\"Name\":\"S\"},\"List\":[1,2]}'",
           "AWS"},
      }) {
    EXPECT_EQ(Evaluated(CompilePayloadTemplate(Parsed(row.payload)), row.input), row.result)
        << row.source;
  }
}

TEST(CompilePayloadTemplate, SharesWhatIsLiteral) {
  TestScope scope("{}");
  const Json literal = Parsed(R"({"a":{"b":[1]}})");
  const auto whole = (*CompilePayloadTemplate(literal))->Evaluate(scope.Make());
  EXPECT_EQ(&whole->object(), &literal.object());
  const Json mixed = Parsed(R"({"x.$":"$","a":{"b":[1]}})");
  const auto part = (*CompilePayloadTemplate(mixed))->Evaluate(scope.Make());
  EXPECT_EQ(&part->Find("a")->object(), &mixed.Find("a")->object());
}

// Each field alone may be had, all of them not.
TEST(CompilePayloadTemplate, ItsFieldsShareOneAllowance) {
  const std::string text = "\"" + std::string(10'000, ',') + "[]\"";
  const std::string array = "[[],[],[],[]]";
  struct Row {
    const char* expression;
    const std::string& input;
    const char* error;
  };
  for (const Row& row : {Row{"States.JsonToString($)", text, "States.IntrinsicFailure"},
                         {"States.Format('{}', $)", text, "States.IntrinsicFailure"},
                         {"States.StringSplit($, 'x')", text, "States.IntrinsicFailure"},
                         {"States.Array($, $, $)", text, "States.IntrinsicFailure"},
                         {"$..*", array, "States.Runtime"}}) {
    for (const int fields : {1, 20'000}) {
      Json::Object members;
      for (int i = 0; i < fields; ++i) members.Set(std::to_string(i) + ".$", row.expression);
      TestScope scope(row.input);
      scope.allowance = Allowance(int64_t{1} << 20);
      const auto value = (*CompilePayloadTemplate(Json(members)))->Evaluate(scope.Make());
      ASSERT_EQ(value.ok(), fields == 1) << row.expression;
      if (!value.ok()) EXPECT_EQ(value.error().name, row.error) << row.expression;
    }
  }
}

TEST(CompilePayloadTemplate, PointsAtTheFault) {
  struct Row {
    const char* payload;
    const char* pointer;
    const char* fault;
  };
  for (const Row& row : {
           Row{R"({"a":[{},{"x.$":1}]})", "/a/1/x.$", "must be a path"},
           {R"({"a/b":{"x~y.$":"$["}})", "/a~1b/x~0y.$", "invalid path"},
           {R"({"x.$":"text"})", "/x.$", "there is no function"},
           {R"({"x":1,"x.$":"$"})", "/x.$", "two fields set 'x'"},
           {R"({"x.$":"$","x":1})", "/x", "two fields set 'x'"},
       }) {
    std::string pointer;
    const auto compiled = CompilePayloadTemplate(Parsed(row.payload), &pointer);
    EXPECT_EQ(compiled.status().code(), absl::StatusCode::kInvalidArgument);
    EXPECT_THAT(std::string(compiled.status().message()), HasSubstr(row.fault));
    EXPECT_EQ(pointer, row.pointer);
  }
}

// States Language, "ResultPath" and "Reference Paths".
TEST(ReferencePath, Put) {
  struct Row {
    const char* path;
    const char* target;
    const char* result;
  };
  for (const Row& row : {
           Row{"$", R"({"a":1})", "9"},
           {"$.sum", R"({"title":"Numbers","numbers":[3,4]})",
            R"({"title":"Numbers","numbers":[3,4],"sum":9})"},
           {"$.a", R"({"a":1,"b":2})", R"({"a":9,"b":2})"},
           {"$.a.b.c", R"({"x":1})", R"({"x":1,"a":{"b":{"c":9}}})"},
           {"$.a['b c']", "{}", R"({"a":{"b c":9}})"},
           {"$.a[1]", R"({"a":[1,2,3]})", R"({"a":[1,9,3]})"},
           {"$.a[0].b", R"({"a":[{}]})", R"({"a":[{"b":9}]})"},
           {"$[0]", "[1]", "[9]"},
           {"$.a.b", R"({"a":1})",
            "States.ResultPathMatchFailure: Unable to apply ReferencePath $.a.b to input "
            "{\"a\":1}"},
           {"$.a[3]", R"({"a":[1]})",
            "States.ResultPathMatchFailure: Unable to apply ReferencePath $.a[3] to input "
            "{\"a\":[1]}"},
           {"$.a[0]", "{}",
            "States.ResultPathMatchFailure: Unable to apply ReferencePath $.a[0] to input {}"},
           {"$['a b']", "[]",
            "States.ResultPathMatchFailure: Unable to apply ReferencePath $['a b'] to input []"},
           {"$.a", "null",
            "States.ResultPathMatchFailure: Unable to apply ReferencePath $.a to input null"},
       }) {
    const auto path = CompileReferencePath(row.path);
    ASSERT_TRUE(path.ok()) << row.path;
    EXPECT_EQ(Text(path->Put(Parsed(row.target), 9)), row.result) << row.path;
  }
}

TEST(ReferencePath, RefusesWhatMayNameMoreThanOneValue) {
  for (const char* text :
       {"$[*]", "$.*", "$..a", "$[0,1]", "$[0:1]", "$[:1]", "$[?(@.a)]", "$.a.length()",
        "$['a','b']", "$$.a", "$variable.a", "a", "", "$.a[-1]", "$.a@b", "$.a,b"}) {
    EXPECT_EQ(CompileReferencePath(text).status().code(), absl::StatusCode::kInvalidArgument)
        << text;
  }
  EXPECT_TRUE(CompileReferencePath("$['a,b:c?@*']").ok());
}

TEST(VariablePath, FindsOrNot) {
  TestScope scope(R"({"a":null,"l":[1]})", R"({"v":{"w":5}})");
  const auto find = [&](const char* text) {
    const auto found = (*CompileVariablePath(text))->Find(scope.Make());
    if (!found.ok()) return found.error().name;
    return found->has_value() ? (**found).Dump() : "nothing";
  };
  EXPECT_EQ(find("$.a"), "null");
  EXPECT_EQ(find("$.b"), "nothing");
  EXPECT_EQ(find("$.l[0]"), "1");
  EXPECT_EQ(find("$.l[1]"), "nothing");
  EXPECT_EQ(find("$v.w"), "5");
  EXPECT_EQ(find("$x"), "nothing");
  EXPECT_EQ(find("$$.State.Name"), "\"S\"");
}

}  // namespace
}  // namespace segue::language
