#pragma once

#include "server/base/check.h"
#include "server/base/json.h"
#include "server/base/json_size.h"
#include "server/base/random.h"
#include "server/language/expression.h"

namespace segue::fuzz {

// Lowered, so that inputs reach it.
inline constexpr int64_t kAllowedBytes = int64_t{16} << 20;
inline constexpr int64_t kDumpedBytesMax = int64_t{1} << 20;

// Evaluates on `document`, which is the context and the variable $x as well. What that makes is
// within the allowance; what it takes over of the document, beside it.
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
  const int64_t bytes_max = kAllowedBytes + SizeUpTo(document, kAllowedBytes);
  if (value->is_string()) SEGUE_CHECK(std::ssize(value->string()) <= bytes_max);
  if (value->is_array()) {
    SEGUE_CHECK(std::ssize(value->array()) * int64_t{sizeof(Json)} <= bytes_max);
  }
  if (SizeUpTo(*value, kDumpedBytesMax) <= kDumpedBytesMax) (void)value->Dump();
}

}  // namespace segue::fuzz
