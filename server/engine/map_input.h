#pragma once

#include <cstdint>
#include <optional>

#include "server/base/json.h"
#include "server/base/outcome.h"
#include "server/engine/execution.h"
#include "server/engine/io.h"

// What a Map state makes of its effective input (States Language, "Map State"): its items, its
// limits, and what each iteration gets.

namespace segue::engine {

// What the Map runs over: an array, or an object whose members are the items (a distributed Map in
// JSONata).
Outcome<Json> MapItems(Evaluator& evaluator, const Json& input);

// The items in such an array or object.
int64_t ItemCount(const Json& items);
MapItem ItemAt(const Json& items, int64_t index);
// What an iteration gets of it without an ItemSelector.
Json InputOf(const MapItem& item);
// Those before `most`.
Json FirstItems(Json items, int64_t most);

// How many iterations may run at a time; 0: any number.
Outcome<int64_t> MaxConcurrency(Evaluator& evaluator, const Json& input);

// How many items may fail, as the definition says it.
struct Tolerance {
  std::optional<int64_t> count;
  std::optional<double> percentage;
};
Outcome<Tolerance> ToleranceOf(Evaluator& evaluator, const Json& input);

// How many of `length` items may fail: as many as both the count and the percentage allow (States
// Language, "Map State", "Failure Handling").
int64_t ToleratedFailures(const Tolerance& tolerance, int64_t length);

// MapItem::source of items that come from the state's input (AWS).
inline constexpr char kItemsOfState[] = "STATE_DATA";

// An item and what its iteration gets of it.
struct Iteration {
  MapItem item;
  Json input;
};
// `place`: the Map's.
Outcome<Iteration> IterationOf(Evaluator::Place place, MapItem item, const Json& input);
// `index`: of the item in `items`.
Outcome<Iteration> IterationOf(Evaluator::Place place, const Json& items, const Json& input,
                               int64_t index);

}  // namespace segue::engine
