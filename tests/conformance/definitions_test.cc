#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <map>
#include <optional>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "server/language/parse.h"

// Published definitions, with the verdict of AWS or of a linter on each, against ParseWorkflow.
// Where the data is and which differences are known: tests/conformance/README.md.

namespace segue::language {
namespace {

constexpr double kAgreementMin = 0.99;

std::optional<std::string> ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return std::nullopt;
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

// RFC 4180.
std::vector<std::vector<std::string>> ReadCsv(std::string_view text) {
  std::vector<std::vector<std::string>> rows(1, {""});
  bool quoted = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    std::string& field = rows.back().back();
    if (quoted && c == '"' && text.substr(i + 1, 1) == "\"") {
      field.push_back(text[++i]);
    } else if (c == '"') {
      quoted = !quoted;
    } else if (quoted) {
      field.push_back(c);
    } else if (c == ',') {
      rows.back().emplace_back();
    } else if (c == '\n') {
      rows.push_back({""});
    } else if (c != '\r') {
      field.push_back(c);
    }
  }
  if (rows.back().size() == 1) rows.pop_back();
  return rows;
}

struct Row {
  std::string file;
  bool valid = false;
  std::string source;
  std::string reason;
  std::string query_language;
};

std::vector<Row> ReadRows(std::string_view text) {
  const auto table = ReadCsv(text);
  std::map<std::string, size_t> columns;
  for (size_t i = 0; i < table[0].size(); ++i) columns[table[0][i]] = i;
  std::vector<Row> rows;
  for (size_t i = 1; i < table.size(); ++i) {
    const auto field = [&](const char* name) { return table[i].at(columns.at(name)); };
    rows.push_back({field("file"), field("verdict") == "valid", field("verdict_source"),
                    field("reason"), field("query_language")});
  }
  return rows;
}

// `${Name}` stands for what CloudFormation puts there before Step Functions sees the definition: a
// function's ARN where it begins a string, a word inside of one.
std::string Substitute(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    const size_t end = text.substr(i, 2) == "${" ? text.find_first_of("{}\"", i + 2) : text.npos;
    if (end == text.npos || text[end] != '}') {
      out.push_back(text[i]);
      continue;
    }
    const bool first = i > 0 && text[i - 1] == '"';
    out.append(first ? "arn:aws:lambda:us-east-1:123456789012:function:substituted" : "aws");
    i = end;
  }
  return out;
}

// The first column of the README's table.
std::set<std::string> ReadKnownDifferences() {
  std::set<std::string> names;
  std::istringstream lines(ReadFile(SEGUE_CONFORMANCE_README).value_or(""));
  constexpr std::string_view kBegin = "| `";
  for (std::string line; std::getline(lines, line);) {
    if (line.substr(0, kBegin.size()) != kBegin) continue;
    names.insert(line.substr(kBegin.size(), line.find('`', kBegin.size()) - kBegin.size()));
  }
  return names;
}

// "x" of "definitions/valid/x.json".
std::string Stem(const std::string& file) {
  const size_t begin = file.rfind('/') + 1;
  return file.substr(begin, file.rfind('.') - begin);
}

struct Tally {
  int agreed = 0;
  int total = 0;
  double share() const { return total == 0 ? 1 : static_cast<double>(agreed) / total; }
};

ParseResult Parse(const Row& row, std::string_view text) {
  ParseOptions options;
  options.format = Format::kJson;
  options.resources = Resources::kAnyUri;
  const bool express = row.source.find("type=EXPRESS") != std::string::npos ||
                       row.reason.find("type=EXPRESS") != std::string::npos;
  if (express) options.type = WorkflowType::kExpress;
  return ParseWorkflow(Substitute(text), options);
}

void Report(const Row& row, const ParseResult& result, const char* kind) {
  std::printf("%s %s\n  %s according to %s: %.120s\n", kind, row.file.c_str(),
              row.valid ? "valid" : "invalid", row.source.c_str(), row.reason.c_str());
  for (const Fault& fault : result.faults) {
    std::printf("  %s at %s (%d:%d): %s\n", fault.code.c_str(), fault.position.pointer.c_str(),
                fault.position.line, fault.position.column, fault.message.c_str());
  }
}

void Print(const char* what, const Tally& tally) {
  std::printf("%s: %d of %d agree (%.2f %%)\n", what, tally.agreed, tally.total,
              100 * tally.share());
}

TEST(Definitions, VerdictsAgree) {
  const char* directory = std::getenv("SEGUE_CONFORMANCE_DIR");
  if (directory == nullptr) {
    GTEST_SKIP() << "SEGUE_CONFORMANCE_DIR is not set: it names the folder of definitions.csv "
                    "(tests/conformance/README.md)";
  }
  const std::string base = std::string(directory) + "/";
  const auto csv = ReadFile(base + "definitions.csv");
  ASSERT_TRUE(csv) << "cannot read " << base << "definitions.csv";
  std::map<bool, Tally> tallies;     // by verdict
  std::map<bool, int> known_counts;  // of those that do not agree
  const std::set<std::string> known_differences = ReadKnownDifferences();
  for (const Row& row : ReadRows(*csv)) {
    const auto text = ReadFile(base + row.file);
    ASSERT_TRUE(text) << "cannot read " << row.file;
    const ParseResult result = Parse(row, *text);
    const bool agreed = result.faults.empty() == row.valid;
    const bool known = known_differences.count(Stem(row.file)) > 0;
    if (!agreed) Report(row, result, known ? "KNOWN" : "DIFFERS");
    EXPECT_FALSE(agreed && known) << row.file << " agrees: take it out of the README's table";
    tallies[row.valid].agreed += agreed ? 1 : 0;
    ++tallies[row.valid].total;
    if (!agreed && known) ++known_counts[row.valid];
  }
  for (const bool valid : {true, false}) {
    const Tally& all = tallies[valid];
    const Tally judged{all.agreed, all.total - known_counts[valid]};
    Print(valid ? "valid  " : "invalid", all);
    Print(valid ? "valid, known differences aside  " : "invalid, known differences aside", judged);
    EXPECT_GE(judged.share(), kAgreementMin);
  }
}

}  // namespace
}  // namespace segue::language
