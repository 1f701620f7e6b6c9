#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gtest/gtest.h"
#include "server/base/json.h"
#include "server/base/random.h"
#include "server/language/jsonata/program.h"

namespace segue::language::jsonata {

struct Evaluation {
  Library library = Library::kReference;
  Limits limits = {};
};

// What an expression gives, as one text: JSON, "undefined", "function", or a fault's code, token
// and position: "T2001 + 5".
inline std::string Evaluated(std::string_view expression, std::string_view input = "",
                             const Evaluation& evaluation = {}) {
  auto compiled = Program::Compile(expression, evaluation.library);
  const auto shown = [](const Fault& fault) {
    std::string text = fault.code;
    if (fault.token) text += " " + *fault.token;
    if (fault.position) text += " " + std::to_string(*fault.position);
    return text;
  };
  if (const auto* fault = std::get_if<Fault>(&compiled)) return shown(*fault);
  std::optional<Json> data;
  if (!input.empty()) {
    auto parsed = Json::Parse(input);
    EXPECT_TRUE(parsed.ok()) << input;
    data = *std::move(parsed);
  }
  Random random(7);
  const Environment environment{
      .now = absl::FromUnixMillis(1700000000123), .random = random, .limits = evaluation.limits};
  const Answer answer = std::get<ProgramPtr>(compiled)->Evaluate(data ? &*data : nullptr,
                                                                 Json::Object(), environment);
  if (answer.is_undefined()) return "undefined";
  if (answer.is_function()) return "function";
  return answer.fault() != nullptr ? shown(*answer.fault()) : answer.value()->Dump();
}

struct Row {
  std::string_view expression;
  std::string_view expected;
  std::string_view input = "";
};

inline void Check(const std::vector<Row>& rows, const Evaluation& evaluation = {}) {
  for (const Row& row : rows) {
    EXPECT_EQ(Evaluated(row.expression, row.input, evaluation), row.expected) << row.expression;
  }
}

}  // namespace segue::language::jsonata
