#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "server/base/json.h"

namespace segue::simulation {

// A second interpreter of the language, as naive as can be: it reads the definition's JSON as it
// goes, keeps no state between steps and knows nothing of time, attempts in flight or stores. It
// shares no code with the engine but the JSON value. What a definition may hold is what
// RandomWorkflow generates; anything else gives nothing.
//
// A Parallel or a Map of which several branches fail ends with the error of whichever was first:
// so what is predicted is a set of outcomes, of which the engine's must be one. It may hold more
// than can happen (a branch that another's end would have stopped), never less.

struct Prediction {
  std::string error;  // empty: it succeeds with `output`
  Json output;
};

struct ModelCall {
  std::string state;
  std::string service;
  Json arguments;
  int attempt = 1;
  bool heartbeat = false;  // the task has one
};
// What a service answers to that call, always: an error's name, or a value.
using ModelService = std::function<Prediction(const ModelCall&)>;

// Nothing where the definition holds what the model does not know, or where there are more than
// kPredictionsMax outcomes.
inline constexpr size_t kPredictionsMax = 64;
std::optional<std::vector<Prediction>> Predict(const Json& definition, const Json& input,
                                               const ModelService& service);

// As it can be compared: without what only the real run knows (the numbers of calls) and what
// people read (causes).
Json Comparable(const Json& value);

}  // namespace segue::simulation
