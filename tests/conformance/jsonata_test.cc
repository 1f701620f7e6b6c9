#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <optional>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "server/base/json.h"
#include "server/base/random.h"
#include "server/language/jsonata/program.h"

// JSONata's own suite, against the evaluator. Where the data is and which differences are known:
// tests/conformance/README.md.

namespace segue::language::jsonata {
namespace {

constexpr double kAgreementMin = 0.99;

std::optional<std::string> ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return std::nullopt;
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

// Half of a surrogate pair, which JSON texts may name by its escape and Json does not read: one
// character stands for it until the text has been read.
constexpr std::string_view kHalfEscape = "\\ud800";
constexpr std::string_view kStandInEscape = "\\uf8ff";
constexpr std::string_view kStandIn = "\uf8ff";
constexpr std::string_view kHalf = "\xED\xA0\x80";

std::string Replaced(std::string text, std::string_view what, std::string_view by) {
  for (size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + by.size())) {
    text.replace(at, what.size(), by);
  }
  return text;
}

struct Case {
  std::string id;
  std::string expression;
  const Json* input = nullptr;
  Json definition;
};

// The known differences: the ids in the README's table.
std::set<std::string> KnownDifferences() {
  std::set<std::string> known;
  std::istringstream readme(ReadFile(SEGUE_CONFORMANCE_README).value_or(""));
  for (std::string line; std::getline(readme, line);) {
    if (!line.starts_with("| jsonata: `")) continue;
    const size_t start = line.find('`') + 1;
    known.insert(line.substr(start, line.find('`', start) - start));
  }
  return known;
}

std::vector<Case> ReadCases(const std::string& lines, const Json& datasets) {
  std::vector<Case> cases;
  std::istringstream text(lines);
  for (std::string line; std::getline(text, line);) {
    auto parsed = Json::Parse(Replaced(line, kHalfEscape, kStandInEscape));
    EXPECT_TRUE(parsed.ok()) << parsed.status() << line;
    if (!parsed.ok()) continue;
    Case made{.definition = *std::move(parsed)};
    made.id = *made.definition.FindString("id");
    made.expression = Replaced(*made.definition.FindString("expr"), kStandIn, kHalf);
    made.input = made.definition.Find("data");
    const std::string* dataset = made.definition.FindString("dataset");
    if (dataset != nullptr) made.input = datasets.Find(*dataset);
    cases.push_back(std::move(made));
  }
  return cases;
}

std::string Shown(const Answer& answer) {
  if (answer.is_undefined()) return "undefined";
  if (answer.is_function()) return "a function";
  if (const Fault* fault = answer.fault()) {
    return fault->code + " " + fault->message + " (token " + fault->token.value_or("none") + ")";
  }
  return answer.value()->Dump();
}

Answer Evaluated(const Case& one) {
  auto compiled = Program::Compile(one.expression);
  if (auto* fault = std::get_if<Fault>(&compiled)) return *fault;
  Random random(1);
  Environment environment{.now = absl::FromUnixSeconds(1'700'000'000), .random = random};
  if (const Json* depth = one.definition.Find("depth")) {
    environment.limits.depth_max = static_cast<int>(depth->int_value());
  }
  const Json* bindings = one.definition.Find("bindings");
  static const Json kNone = Json(Json::Object());
  return std::get<ProgramPtr>(compiled)->Evaluate(
      one.input, (bindings == nullptr ? kNone : *bindings).object(), environment);
}

std::vector<std::string> Sorted(const Json& array) {
  std::vector<std::string> texts;
  for (const Json& element : array.array()) texts.push_back(element.Dump());
  std::sort(texts.begin(), texts.end());
  return texts;
}

bool Agrees(const Case& one, const Answer& answer) {
  const Json& expected = one.definition;
  if (expected.Find("undefinedResult") != nullptr) return answer.is_undefined();
  if (const Json* result = expected.Find("result")) {
    if (answer.value() == nullptr) return false;
    if (expected.Find("unordered") != nullptr && answer.value()->is_array()) {
      return Sorted(*answer.value()) == Sorted(*result);
    }
    return *answer.value() == *result;
  }
  const Fault* fault = answer.fault();
  if (fault == nullptr) return false;
  const Json* error = expected.Find("error");
  const Json& wanted = error == nullptr ? expected : *error;
  const std::string* code = wanted.FindString("code");
  const std::string* token = wanted.FindString("token");
  const std::string* message = wanted.FindString("message");
  return (code == nullptr || *code == fault->code) &&
         (token == nullptr || *token == fault->token.value_or("")) &&
         (message == nullptr || *message == fault->message);
}

TEST(JsonataConformance, Suite) {
  const char* folder = std::getenv("SEGUE_CONFORMANCE_DIR");
  if (folder == nullptr) GTEST_SKIP() << "SEGUE_CONFORMANCE_DIR names no folder with the suite";
  const auto lines = ReadFile(std::string(folder) + "/jsonata_cases.jsonl");
  const auto datasets_text = ReadFile(std::string(folder) + "/jsonata_datasets.json");
  ASSERT_TRUE(lines && datasets_text) << "no suite in " << folder;
  const auto datasets = Json::Parse(*datasets_text);
  ASSERT_TRUE(datasets.ok()) << datasets.status();
  const std::set<std::string> known = KnownDifferences();
  size_t agreed = 0;
  size_t counted = 0;
  const std::vector<Case> cases = ReadCases(*lines, *datasets);
  for (const Case& one : cases) {
    const Answer answer = Evaluated(one);
    const bool agrees = Agrees(one, answer);
    if (!agrees) {
      std::printf("%s%s: %s\n  gives %s\n", known.contains(one.id) ? "known: " : "", one.id.c_str(),
                  one.expression.c_str(), Shown(answer).substr(0, 300).c_str());
    }
    if (known.contains(one.id)) continue;
    ++counted;
    agreed += agrees ? 1 : 0;
  }
  std::printf("%zu of %zu cases agree; %zu known differences\n", agreed, counted,
              cases.size() - counted);
  EXPECT_GE(static_cast<double>(agreed), kAgreementMin * static_cast<double>(counted));
}

}  // namespace
}  // namespace segue::language::jsonata
