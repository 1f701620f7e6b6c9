#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <string>

#include "server/language/jsonpath/evaluator.h"
#include "server/language/jsonpath/parser.h"
#include "tests/unit/language/test_scope.h"

// jsonpath_cases.jsonl holds our own queries and documents with what Jayway JsonPath 2.9.0 answered
// in its default configuration; each row names the part of Jayway that it is about. Lines with
// "json" name a document, the others are cases.

namespace segue::language::jsonpath {
namespace {

struct Found {
  bool fault = false;
  std::string text;  // the value, or why there is none
};

Found Ask(const Json& document, std::string_view text) {
  const auto path = ParsePath(text, Dialect::kJayway);
  if (!path.ok()) return {true, std::string(path.status().message())};
  const Answer answer = Evaluate(**path, document);
  if (answer.kind == Answer::Kind::kValue) return {false, answer.value.Dump()};
  return {true, answer.why};
}

TEST(JsonPathCases, AnswerAsJayway) {
  std::ifstream file(SEGUE_JSONPATH_CASES);
  std::map<std::string, Json> documents;
  size_t cases = 0;
  for (std::string line; std::getline(file, line);) {
    const Json row = Parsed(line);
    const std::string& document = *row.FindString("document");
    if (const Json* json = row.Find("json")) {
      documents[document] = *json;
      continue;
    }
    ++cases;
    const Found found = Ask(documents.at(document), *row.FindString("path"));
    const Json* value = row.Find("value");
    EXPECT_EQ(found.fault, value == nullptr) << line << "\n" << found.text;
    if (value != nullptr && !found.fault) EXPECT_EQ(found.text, value->Dump()) << line;
  }
  EXPECT_GE(cases, 1000U);
}

}  // namespace
}  // namespace segue::language::jsonpath
