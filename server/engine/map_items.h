#pragma once

#include <string_view>

#include "server/base/json.h"
#include "server/base/outcome.h"
#include "server/engine/io.h"

// What the fields of a distributed Map make of data and items (Developer Guide, "ItemReader" and
// "ItemBatcher"). Pure: where the data comes from is another's business.

namespace segue::engine {

// The items in `data`, the text that an ItemReader's Resource gave. `config`: the ReaderConfig
// (InputType JSON with ItemsPointer, JSONL or CSV; MaxItems is not looked at). An array; where the
// JSON is an object, of {"Key", "Value"} of its members. States.ItemReaderFailed where the data is
// not what the config says.
Outcome<Json> ReadItems(std::string_view data, const Json& config);

// What an ItemBatcher makes of the iterations' inputs: {"BatchInput", "Items"} for each batch.
// `evaluator`: of the Map; `input`: its effective input. A batch takes items as long as both limits
// allow; one item at least.
Outcome<Json> BatchItems(Evaluator& evaluator, const Json& input, const Json& items);

}  // namespace segue::engine
