#pragma once

#include <optional>
#include <string>

#include "server/base/json.h"

namespace segue::simulation {

// What an execution, a block, a state or an expression comes to.
struct Prediction {
  std::string error;  // empty: it succeeds with `output`
  Json output;
};

// The model's own meaning of the expressions that RandomWorkflow draws, in either query language.
// It knows those and no others, and shares no code with the server but the JSON value.
enum class Query { kJsonPath, kJsonata };

// What an expression may see.
struct Sight {
  Json input;                        // `$`, $states.input
  std::optional<Json> result;        // $states.result
  std::optional<Json> error_output;  // $states.errorOutput
  std::optional<Json> item;          // $$.Map.Item
  Json::Object variables;
  std::string state;  // $$.State.Name
};

// A payload, all of whose computed members are evaluated. What only the real run knows (its id, a
// token) is null.
Prediction Evaluated(const Json& payload, Query query, const Sight& sight);

// A JSONPath; nothing where it leads nowhere.
std::optional<Json> AtPath(const std::string& path, const Sight& sight);

}  // namespace segue::simulation
