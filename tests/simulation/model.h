#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "server/base/json.h"
#include "tests/simulation/expressions.h"

namespace segue::simulation {

// A second interpreter of the language, as naive as can be: it reads the definition's JSON as it
// goes, keeps no state between steps and knows nothing of time, attempts in flight or stores. It
// shares no code with the engine but the JSON value. What a definition may hold is what
// RandomWorkflow generates; anything else gives nothing.
//
// A Parallel or a Map of which several branches fail ends with the error of whichever was first,
// and an EXPRESS execution may be lost: so what is predicted is a set of outcomes, of which the
// engine's must be one. It may hold more than can happen (a branch that another's end would have
// stopped), never less.

struct ModelCall {
  std::string state;
  std::string service;  // "s0", or what a worker pulls
  Json arguments;
  int attempt = 1;
  bool heartbeat = false;  // the task has one
  bool by_token = false;   // whoever has its token completes it
};
// What may be answered to that call: errors, and values.
using ModelService = std::function<std::vector<Prediction>(const ModelCall&)>;

struct ModelWorld {
  struct Workflow {
    Json definition;
    bool express = false;
  };
  ModelService service;
  std::map<std::string, Workflow> workflows;  // that tasks start
  std::map<std::string, Json> objects;        // that ItemReaders read: the items in them, by key
};

// Nothing where the definition holds what the model does not know, or where there are more than
// kPredictionsMax outcomes.
inline constexpr size_t kPredictionsMax = 64;
std::optional<std::vector<Prediction>> Predict(const Json& definition, const Json& input,
                                               const ModelWorld& world);

// As it can be compared: without what only the real run knows (the numbers of calls, ids, tokens)
// and what people read (causes); members by name, whole numbers as such.
Json Comparable(const Json& value);

}  // namespace segue::simulation
