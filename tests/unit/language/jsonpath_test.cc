#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "server/language/jsonpath/evaluator.h"
#include "server/language/jsonpath/parser.h"
#include "tests/unit/language/test_scope.h"

namespace segue::language::jsonpath {
namespace {

using ::testing::HasSubstr;

std::string Found(const Json& document, std::string_view text) {
  const auto path = ParsePath(text);
  if (!path.ok()) return std::string(path.status().message());
  const Answer answer = Evaluate(**path, document);
  switch (answer.kind) {
    case Answer::Kind::kValue:
      return answer.value.Dump();
    case Answer::Kind::kNothing:
      return "nothing";
    case Answer::Kind::kPastEnd:
      return "past end";
    case Answer::Kind::kFailed:
      return "failed: " + answer.why;
    case Answer::Kind::kTooCostly:
      return "too costly";
  }
  return "";
}

struct Row {
  const char* path;
  const char* found;
  const char* source;
};

void ExpectRows(const char* document, const std::vector<Row>& rows) {
  const Json json = Parsed(document);
  for (const Row& row : rows)
    EXPECT_EQ(Found(json, row.path), row.found) << row.path << " " << row.source;
}

constexpr char kStore[] = R"({
  "store": {
    "book": [
      {"category": "reference", "author": "Nigel Rees", "title": "Sayings", "price": 8.95},
      {"category": "fiction", "author": "Evelyn Waugh", "title": "Sword", "price": 12.99},
      {"category": "fiction", "author": "Herman Melville", "title": "Moby Dick",
       "isbn": "0-553-21311-3", "price": 8.99},
      {"category": "fiction", "author": "J. R. R. Tolkien", "title": "Lord",
       "isbn": "0-395-19395-8", "price": 22.99}
    ],
    "bicycle": {"color": "red", "price": 19.95}
  },
  "expensive": 10
})";

TEST(JsonPath, TheExamplesOfJaywaysReadme) {
  const char* source = "Jayway README, Path Examples";
  ExpectRows(
      kStore,
      {
          {"$.store.book[*].author",
           R"(["Nigel Rees","Evelyn Waugh","Herman Melville","J. R. R. Tolkien"])", source},
          {"$..author", R"(["Nigel Rees","Evelyn Waugh","Herman Melville","J. R. R. Tolkien"])",
           source},
          {"$.store..price", "[8.95,12.99,8.99,22.99,19.95]", source},
          {"$..book[2].title", R"(["Moby Dick"])", source},
          {"$..book[-2].title", R"(["Moby Dick"])", source},
          {"$..book[0,1].title", R"(["Sayings","Sword"])", source},
          {"$..book[:2].title", R"(["Sayings","Sword"])", source},
          {"$..book[1:2].title", R"(["Sword"])", source},
          {"$..book[-2:].title", R"(["Moby Dick","Lord"])", source},
          {"$..book[2:].title", R"(["Moby Dick","Lord"])", source},
          {"$..book[?(@.isbn)].title", R"(["Moby Dick","Lord"])", source},
          {"$.store.book[?(@.price < 10)].title", R"(["Sayings","Moby Dick"])", source},
          {"$..book[?(@.price <= $['expensive'])].title", R"(["Sayings","Moby Dick"])", source},
          {"$..book[?(@.author =~ /.*REES/i)].title", R"(["Sayings"])", source},
          {"$..book.length()", "4", "Jayway README: the parts of all that `..` finds"},
          {"$.store.book.length()", "4", source},
      });
}

TEST(JsonPath, Steps) {
  ExpectRows(
      R"({"a":{"b":[10,20,30],"c":null,"d e":1,"f'g":2,"h\"i":3,"j\\k":4,"x.y":5,"é":6},"l":[[1,2],[3]],"":7})",
      {
          {"$",
           R"({"a":{"b":[10,20,30],"c":null,"d e":1,"f'g":2,"h\"i":3,"j\\k":4,"x.y":5,"é":6},"l":[[1,2],[3]],"":7})",
           "States Language, Paths"},
          {"$.a.b[1]", "20", "dot and index"},
          {"$['a']['b'][-1]", "30", "brackets, an index from the end"},
          {"$[\"a\"].b", "[10,20,30]", "double quotes"},
          {"$.a['d e']", "1", "a blank in quotes"},
          {"$.a['f\\'g']", "2", "an escaped quote"},
          {"$.a[\"f'g\"]", "2", "the other quote"},
          {"$.a['h\"i']", "3", "the other quote"},
          {"$.a['j\\\\k']", "4", "an escaped backslash"},
          {"$.a['x.y']", "5", "a dot in quotes"},
          {"$.a.é", "6", "a name that is not ASCII"},
          {"$['']", "7", "an empty name"},
          {"$.[ 'a' ].b[ 0 ]", "10", "Jayway allows `.[` and blanks in brackets"},
          {"$.a.c", "null", "null is a value"},
          {"$.a.c.d", "nothing", "below null"},
          {"$.x", "nothing", "missing"},
          {"$.x.y", "nothing", "missing on the way"},
          {"$.a.b.c", "nothing", "a member of an array"},
          {"$.a[0]", "nothing", "an element of an object"},
          {"$.a.b[3]", "past end", "AWS answers null"},
          {"$.a.b[-4]", "past end", "AWS answers null"},
          {"$.a.b[3].x", "nothing", "below what is past the end"},
          {"$.a.b[*]", "[10,20,30]", "wildcard"},
          {"$.l[*][0]", "[1,3]", "an index below a wildcard"},
          {"$.l[*][1]", "[2]", "elements without it are left out"},
          {"$.l.*", "[[1,2],[3]]", "dot wildcard"},
          {"$.a.b.*.x", "[]", "indefinite and empty"},
          {"$.a.c[*]", "[]", "a wildcard on what has no parts"},
          {"$.x[*]", "nothing", "a definite part is missing"},
          {"$.a['c','d e']", R"({"c":null,"d e":1})", "names at the end: one object"},
          {"$.a['c','zz']", R"({"c":null})", "those that are there"},
          {"$['a','l']..b", "[[10,20,30]]", "names on the way: each of them"},
          {"$.a.b[0,2]", "[10,30]", "index union"},
          {"$.a.b[0,7]", "[10]", "elements that are not there are left out"},
          {"$.a.b[0:2]", "[10,20]", "slice"},
          {"$.a.b[1:]", "[20,30]", "slice"},
          {"$.a.b[:-1]", "[10,20]", "slice"},
          {"$.a.b[-2:]", "[20,30]", "slice"},
          {"$.a.b[2:1]", "[]", "an empty slice"},
          {"$.a.b[5:9]", "[]", "a slice past the end"},
          {"$.a[0:1]", "nothing", "a slice of what is no array"},
          {"$.l..[0]", "[[1,2],1,3]", "scan for an index"},
          {"$..b", "[[10,20,30]]", "scan"},
          {"$..zz", "[]", "scan for what is not there"},
      });
}

// The fields of the recorded cases and of the collected definitions that are more than dots.
TEST(JsonPath, PathsThatWorkflowsUse) {
  ExpectRows(R"({"items":[{"v":1,"Name":"Cat"},{"v":2,"Name":"Dog"}],"x-datum":0.5})",
             {
                 {"$['x-datum']", "0.5", "States Language, Pass State example"},
                 {"$.items[:1].v", "[1]", "definitions.csv"},
                 {"$.items[?(@.Name == 'Cat')]", R"([{"v":1,"Name":"Cat"}])", "definitions.csv"},
                 {"$.items[?(@.Name == 'Dog')].v", "[2]", "definitions.csv"},
                 {"$.items[10]", "past end", "definitions.csv"},
             });
  // Recorded: a backslash in a quoted name escapes only that quote and itself.
  ExpectRows(R"({"Test\\\"\"Name\"":"v"})",
             {{R"($['Test\""Name"'])", R"("v")", "escape sequences"}});
}

TEST(JsonPath, FilterOperators) {
  const char* source = "Jayway README, Filter Operators";
  ExpectRows(
      R"({"limit":2,"names":["a","b"],"l":[{"n":1,"s":"a","t":["x","y"],"e":"","o":{"p":true}},
          {"n":2,"s":"b","t":["y","z"]},{"n":3,"s":"it's","t":[],"z":null},{"s":"4"}]})",
      {
          {"$.l[?(@.n == 2)].n", "[2]", source},
          {"$.l[?(@.n != 2)].s", R"(["a","it's","4"])", "what is missing is not equal"},
          {"$.l[?(@.n > 1)].n", "[2,3]", source},
          {"$.l[?(@.n >= 2.0)].n", "[2,3]", source},
          {"$.l[?(@.n < $.limit)].n", "[1]", "the document's root"},
          {"$.l[?(2 <= @.n)].n", "[2,3]", "either side"},
          {"$.l[?(@.s < 'b')].s", R"(["a","4"])", "texts have an order"},
          {"$.l[?(@.n < 'b')].n", "[]", "a number and a text have none"},
          {"$.l[?(@.s == 4)].s", R"(["4"])", "NumberNode equals StringNode"},
          {"$.l[?(@.s === 4)].s", "[]", "=== minds the type"},
          {"$.l[?(@.n !== 2)].s", R"(["a","it's","4"])", "!== minds the type"},
          {"$.l[?(@.s == 'it\\'s')].n", "[3]", "an escaped quote"},
          {"$.l[?(@.s == \"it's\")].n", "[3]", "double quotes"},
          {"$.l[?(@.s =~ /A/i)].n", "[1]", source},
          {"$.l[?(@.s =~ /i.*/)].n", "[3]", source},
          {"$.l[?(@.s =~ /i/)].n", "[]", "the whole text must match"},
          {"$.l[?(@.s in ['a','b'])].n", "[1,2]", source},
          {"$.l[?(@.s in $.names)].n", "[1,2]", "a list of the document"},
          {"$.l[?(@.s nin ['a','b'])].s", R"(["it's","4"])", source},
          {"$.l[?(@.t subsetof ['x','y','w'])].n", "[1,3]", source},
          {"$.l[?(@.t anyof ['x','z'])].n", "[1,2]", source},
          {"$.l[?(@.t noneof ['x'])].n", "[2,3]", source},
          {"$.l[?(@.t size 2)].n", "[1,2]", source},
          {"$.l[?(@.t empty true)].n", "[3]", source},
          {"$.l[?(@.t empty false)].n", "[1,2]", source},
          {"$.l[?(@.e empty true)].n", "[1]", "an empty text"},
          {"$.l[?(@.t contains 'z')].n", "[2]", "Jayway CONTAINS"},
          {"$.l[?(@.s contains 't')].n", "[3]", "Jayway CONTAINS"},
          {"$.l[?(@.t all ['x','y'])].n", "[]", "ALL needs a list made in Java"},
          {"$.l[?(@.o.p exists true)].n", "[1]", "EXISTS compares booleans"},
          {"$.l[?(@.z)].n", "[3]", "null is there"},
          {"$.l[?(@.z == null)].n", "[3]", "missing is not null"},
          {"$.l[?(!@.n)].s", R"(["4"])", "not there"},
          {"$.l[?(@.o.p == true)].n", "[1]", "a nested path"},
          {"$.l[?(@['n'] == 1)].s", R"(["a"])", "brackets inside"},
          {"$.l[?(@.t[0] == 'y')].n", "[2]", "an index inside"},
          {"$.l[?(@..p)].n", "[1,2,3]", "an indefinite path need not find anything"},
          {"$.l[?(@.t.length() == 2)].n", "[1,2]", "a function inside"},
          {"$.l[?(@.n == 1 || @.n == 3)].n", "[1,3]", "Jayway README, Predicates"},
          {"$.l[?(@.n > 1 && @.s == 'b')].n", "[2]", "Jayway README, Predicates"},
          {"$.l[?((@.n == 1 || @.n == 2) && !(@.s == 'a'))].n", "[2]", "parentheses"},
          {"$.l[?(@.n==1||@.n==2&&@.s=='zz')].n", "[1]", "&& binds closer"},
          {"$.l[?(@.t == ['y','z'])].n", "[2]", "an array literal"},
          {"$.l[?(@.o == {'p': true})].n", "[1]", "an object literal"},
          {"$.names[?(@ == 'b')]", R"(["b"])", "the element itself"},
          {"$.l[?(@.t[?(@ == 'z')] == ['z'])].n", "[2]", "a filter in a filter"},
          {"$.l[?(1 == 1)].n", "[1,2,3]", "constants"},
          {"$.l[0].o[?(@.p)]", R"([{"p":true}])", "a filter on an object tests the object"},
          {"$.limit[?(@.p)]",
           "failed: a filter cannot be applied to what is no object and no array",
           "a filter on a scalar"},
          {"$..[?(@.p)]", R"([{"p":true}])", "scan for what passes"},
          {"$..[?(@ == 'z')]", "[]", "scan tests objects and arrays only"},
      });
}

TEST(JsonPath, Functions) {
  const char* source = "Jayway README, Functions";
  ExpectRows(R"({"n":[1,2,3,4],"o":{"a":1,"b":"text"},"l":[{"p":1.5},{"p":2}],"e":[],"s":"héllo"})",
             {
                 {"$.n.min()", "1.0", source},
                 {"$.n.max()", "4.0", source},
                 {"$.n.avg()", "2.5", source},
                 {"$.n.stddev()", "1.118033988749895", source},
                 {"$.n.sum()", "10.0", source},
                 {"$.n.length()", "4", source},
                 {"$.o.length()", "2", source},
                 {"$.s.length()", "null", "a text has no length"},
                 {"$.o.keys()", R"(["a","b"])", source},
                 {"$.concat($.o.b, \"-\", $.s)", R"("text-héllo")", source},
                 {"$.n.append(5, $.o.a)", "[1,2,3,4,5,1]", source},
                 {"$.n.first()", "1", source},
                 {"$.n.last()", "4", source},
                 {"$.n.index(1)", "2", source},
                 {"$.n.index(-1)", "4", source},
                 {"$.sum($..p)", "3.5", "a path as argument"},
                 {"$..p.sum()", "3.5", "after a scan: all that it finds"},
                 {"$.l[*].p.max()", "failed: there are no numbers to aggregate",
                  "after a wildcard: of each by itself"},
                 {"$.l[?(@.p > 1.5)].length()", "[1]", "after a filter: of each by itself"},
                 {"$.l.index(0).p", "1.5", "steps after a function with arguments"},
                 {"$.l.first().p", "nothing", "without, they are looked for at its `)`"},
                 {"$.length($..p)", "0", "the parts of an argument"},
                 {"$.e.min()", "failed: there are no numbers to aggregate", "AbstractAggregation"},
                 {"$.o.sum()", "failed: there are no numbers to aggregate", "AbstractAggregation"},
                 {"$.e.first()", "failed: the array is too short", "no element"},
                 {"$.n.nosuch()", "failed: there is no function 'nosuch'", "PathFunctionFactory"},
                 {"$.zz.length()", "nothing", "missing"},
             });
}

TEST(JsonPath, RefusesWhatIsNoPath) {
  for (const char* text : {"",
                           "a",
                           "$.",
                           "$..",
                           "$...",
                           "$.a.",
                           "$.a..",
                           "$[",
                           "$[]",
                           "$['a",
                           "$['a'",
                           "$[a]",
                           "$.a b",
                           "$ .a",
                           "$x y",
                           "$['a',]",
                           "$[1,]",
                           "$[?]",
                           "$[?()]",
                           "$[?(@.a = 1)]",
                           "$[?(@.a ==)]",
                           "$[?(@.a == 'x)]",
                           "$[?(@.a == x)]",
                           "$[?(@.a =~ /(/)]",
                           "$[?(@.a =~ /a)]",
                           "$[?(1)]",
                           "$[?(@.a)",
                           "$.a.min(",
                           "$.a.min(1",
                           "$[99999999999999999999]",
                           "$$$",
                           "$.a[?(@.b && )]"}) {
    EXPECT_EQ(ParsePath(text).status().code(), absl::StatusCode::kInvalidArgument) << text;
  }
  EXPECT_THAT(Found(Json(), "$.a[x]"), HasSubstr("at character 4"));
}

TEST(JsonPath, Roots) {
  EXPECT_EQ((*ParsePath("$.a"))->root, Path::Root::kDocument);
  EXPECT_EQ((*ParsePath("$$.a"))->root, Path::Root::kContext);
  const auto variable = *ParsePath("$order_1.id[0]");
  EXPECT_EQ(variable->root, Path::Root::kVariable);
  EXPECT_EQ(variable->variable, "order_1");
  EXPECT_EQ(variable->steps.size(), 2U);
}

TEST(JsonPath, Definite) {
  struct Case {
    const char* path;
    const char* definite;
  };
  for (const Case& row : {Case{"$", "yes"},
                          {"$.a[0]['b']", "yes"},
                          {"$['a','b']", "yes"},
                          {"$['a','b'].c", "no"},
                          {"$[*]", "no"},
                          {"$..a", "no"},
                          {"$[0,1]", "no"},
                          {"$[0:1]", "no"},
                          {"$[?(@.a)]", "no"},
                          {"$..a.sum()", "yes"}}) {
    EXPECT_STREQ((*ParsePath(row.path))->definite ? "yes" : "no", row.definite) << row.path;
  }
}

// Jayway's PathNotFoundException, which AWS quotes (recorded: OutputPath $.no.such.result.path).
TEST(JsonPath, ExplainsNothing) {
  struct Case {
    const char* path;
    const char* why;
  };
  const Json document = Parsed(R"({"a":{"b":1,"n":null},"l":[1]})");
  for (const Case& row : {
           Case{"$.no.such.path", "Missing property in path $['no']"},
           {"$.a.no.more", "Missing property in path $['a']['no']"},
           {"$.a.no", "No results for path: $['a']['no']"},
           {"$.no", "No results for path: $['no']"},
           {"$.a.b.c", "Property ['c'] not found in path $['a']['b']"},
           {"$.a.b[0]", "Filter: [0] can only be applied to arrays. Current context is: 1"},
           {"$.a.n[0]", "The path $['a']['n'] is null"},
           {"$.no[*]", "Missing property in path $['no']"},
       }) {
    EXPECT_EQ(ExplainNothing(**ParsePath(row.path), document), row.why) << row.path;
  }
}

TEST(JsonPath, WorkAndRecursionAreBounded) {
  Json chain = 1;
  for (int i = 0; i < 100; ++i) chain = Json::List({chain, 2});
  EXPECT_EQ(Found(chain, "$..*..*..*..*"), "too costly");
  EXPECT_EQ(Found(chain, "$..[?($..[?($..[?(@ == 3)])])]"), "too costly");
  Json deep = 1;
  for (int i = 0; i < 1000; ++i) deep = Json::List({deep});
  EXPECT_EQ(Found(deep, "$..[0]"), "too costly");
  const std::string nested(500, '(');
  EXPECT_FALSE(ParsePath("$[?" + nested + "@.a").ok());
  EXPECT_FALSE(ParsePath("$[?(@.a == " + std::string(500, '[')).ok());
  std::string filters = "$";
  for (int i = 0; i < 100; ++i) filters += "[?(@";
  EXPECT_FALSE(ParsePath(filters).ok());
  std::string steps = "$";
  for (int i = 0; i < 300; ++i) steps += ".a";
  EXPECT_FALSE(ParsePath(steps).ok());
}

TEST(JsonPath, Extent) {
  struct Case {
    const char* text;
    const char* path;
  };
  for (const Case& row : {Case{"$.a, 1)", "$.a"},
                          {"$.a)", "$.a"},
                          {"$.a b", "$.a"},
                          {"$['a,b)'], 1", "$['a,b)']"},
                          {"$[0,1], 2", "$[0,1]"},
                          {"$[?(@.a == 'x)')], 1", "$[?(@.a == 'x)')]"},
                          {"$.a.length(), 1", "$.a.length()"},
                          {"$", "$"},
                          {"$['it\\'s'])", "$['it\\'s']"}}) {
    const std::string_view text = row.text;
    EXPECT_EQ(text.substr(0, PathExtent(text)), row.path);
  }
}

}  // namespace
}  // namespace segue::language::jsonpath
