#pragma once

#include <string>
#include <string_view>

#include "absl/time/time.h"
#include "server/base/json.h"
#include "server/base/random.h"
#include "server/language/expression.h"

namespace segue::language {

// Parses what a table row holds; aborts where that is no JSON.
inline Json Parsed(std::string_view text) {
  auto json = Json::Parse(text);
  SEGUE_CHECK(json.ok());
  return *std::move(json);
}

// A Scope and all that it borrows.
struct TestScope {
  explicit TestScope(std::string_view input_text, std::string_view variables_text = "{}")
      : input(Parsed(input_text)), variables(Parsed(variables_text).object()) {}

  Scope Make() {
    return Scope{input, context, variables, nullptr, nullptr, absl::UnixEpoch(), random, allowance};
  }

  Json input;
  Variables variables;
  Random random{7};
  Allowance allowance;
  static Json Context() {
    return Parsed(R"({"Execution":{"Name":"run-1"},"State":{"Name":"S"},"List":[1,2]})");
  }
  absl::FunctionRef<Json()> context = Context;
};

// The value's text, or "<error name>: <cause>".
inline std::string Text(const Outcome<Json>& outcome) {
  if (outcome.ok()) return outcome->Dump();
  return outcome.error().name + ": " + outcome.error().cause;
}

}  // namespace segue::language
