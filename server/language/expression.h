#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/time/time.h"
#include "server/base/json.h"
#include "server/base/outcome.h"
#include "server/base/random.h"
#include "server/language/allowance.h"

namespace segue::language {

// The variables that a state can see, by name (States Language, "Variables").
using Variables = Json::Object;

// What an expression can see while it is evaluated. Borrowed: lives as long as the call.
struct Scope {
  // `$` of a JSONPath expression: the state's input, or its result, as the field says.
  const Json& input;
  // Makes the Context Object, `$$`. Called only by expressions that read it.
  absl::FunctionRef<Json()> context;
  const Variables& variables;
  // JSONata's $states.result and $states.errorOutput, where the field has them.
  const Json* result = nullptr;
  const Json* error_output = nullptr;
  absl::Time now;
  // Draws for States.UUID, States.MathRandom and their like.
  Random& random;
  Allowance& allowance;
};

// A compiled expression: a literal, a path, an intrinsic function, a payload template. Immutable;
// may be shared between threads. One interface for every query language, so that the engine never
// asks which it is.
class Expression {
 public:
  virtual ~Expression() = default;

  // The value, or the error that the workflow sees: States.Runtime for a path that matches nothing,
  // States.IntrinsicFailure from a function, States.QueryEvaluationError from JSONata.
  virtual Outcome<Json> Evaluate(const Scope& scope) const = 0;

  // The path or call as it was written ("$.seconds"): what causes quote. Empty for a literal or a
  // template.
  virtual std::string_view text() const { return {}; }
};
using ExpressionPtr = std::shared_ptr<const Expression>;

// An expression that is always `value`.
ExpressionPtr Literal(Json value);

// A compiled Choice rule, with all that And, Or and Not hold.
class Condition {
 public:
  virtual ~Condition() = default;
  virtual Outcome<bool> Evaluate(const Scope& scope) const = 0;
};
using ConditionPtr = std::shared_ptr<const Condition>;

// Where a result goes: `$`, `$.a.b[0]` (States Language, "Reference Paths").
class ReferencePath {
 public:
  struct Step {
    std::string name;          // a member, or
    std::optional<int> index;  // an element
  };
  ReferencePath() = default;
  explicit ReferencePath(std::vector<Step> steps) : steps_(std::move(steps)) {}

  const std::vector<Step>& steps() const { return steps_; }

  // `target` with `value` put there; objects on the way are made where they are missing.
  // States.ResultPathMatchFailure where that cannot be done (an element of what is no array, say).
  Outcome<Json> Put(const Json& target, Json value) const;

 private:
  std::vector<Step> steps_;
};

}  // namespace segue::language
