#pragma once

#include "server/base/check.h"
#include "server/base/json.h"
#include "server/base/json_size.h"
#include "server/base/random.h"
#include "server/language/expression.h"
#include "tests/fuzz/held_bytes.h"

namespace segue::fuzz {

// Lowered, so that inputs reach it. It is far above what an input of 64 KiB holds itself.
inline constexpr int64_t kAllowedBytes = int64_t{16} << 20;
inline constexpr int64_t kDumpedBytesMax = int64_t{1} << 20;

// Evaluates on `document`, which is the context and the variable $x as well. What that gives is
// within the allowance, beside what it shares with the document.
inline void EvaluateOn(const language::Expression& expression, const Json& document) {
  Random random(1);
  language::Variables variables;
  variables.Set("x", document);
  const auto context = [&document] { return document; };
  language::Allowance allowance(kAllowedBytes);
  const language::Scope scope{.input = document,
                              .context = context,
                              .variables = variables,
                              .now = absl::UnixEpoch(),
                              .random = random,
                              .allowance = allowance};
  const Outcome<Json> value = expression.Evaluate(scope);
  if (!value.ok()) return;
  SEGUE_CHECK(HeldBytes(*value).total() <= size_t{2} * kAllowedBytes);
  if (SizeUpTo(*value, kDumpedBytesMax) <= kDumpedBytesMax) (void)value->Dump();
}

}  // namespace segue::fuzz
