#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "absl/time/time.h"
#include "server/base/json.h"
#include "server/base/random.h"

// Evaluates one expression of a definition by itself, as the server would. Pure.

namespace segue::cli {

enum class Language { kJsonata, kJsonPath, kIntrinsic };

// A call of States.X is an intrinsic function, what reads as a path from `$` a JSONPath, all else
// JSONata.
Language LanguageOf(std::string_view expression);

struct Question {
  // JSONata may stand in `{% %}`, as in a definition: then it sees `$states.input` and
  // `$states.context` and Step Functions' own functions, and no input of its own.
  std::string expression;
  std::optional<Language> language;  // absent: as LanguageOf says
  std::optional<Json> data;          // the document: `$`
  std::optional<Json> context;       // the Context Object: `$$` of JSONPath
  Json::Object variables;            // `$name`
  // JSONata's limits; absent: the server's own. The time is an estimate: evaluation counts steps.
  std::optional<int64_t> time_limit_ms;
  std::optional<int> depth_max;
};

// Why there is no value.
struct Refusal {
  std::string code;  // of JSONata ("T2001"), an error's name ("States.Runtime"), or one of ours
  std::string message;
  // Where in the expression: as JSONata counts (UTF-16 units up to the token's end), else bytes.
  std::optional<size_t> position;
  std::optional<std::string> token = {};  // JSONata's: what stands there
};
struct Undefined {};

using Reply = std::variant<Json, Undefined, Refusal>;

struct Surroundings {
  absl::Time now;
  Random& random;
};

Reply Evaluate(const Question& question, const Surroundings& surroundings);

// jsonata.cc
Reply EvaluateJsonata(const Question& question, const Surroundings& surroundings);

}  // namespace segue::cli
