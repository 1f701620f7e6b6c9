#pragma once

#include "server/base/json.h"
#include "server/base/random.h"
#include "server/language/expression.h"

namespace segue::fuzz {

// Evaluates on `document`, which is the context and the variable $x as well.
inline void EvaluateOn(const language::Expression& expression, const Json& document) {
  Random random(1);
  language::Variables variables;
  variables.Set("x", document);
  const auto context = [&document] { return document; };
  const language::Scope scope{.input = document,
                              .context = context,
                              .variables = variables,
                              .now = absl::UnixEpoch(),
                              .random = random};
  const Outcome<Json> value = expression.Evaluate(scope);
  if (value.ok()) (void)value->Dump();
}

}  // namespace segue::fuzz
