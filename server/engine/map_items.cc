#include "server/engine/map_items.h"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "server/language/text.h"

namespace segue::engine {
namespace {

using language::Concat;

WorkflowError ReaderFailed(std::string cause) {
  return {"States.ItemReaderFailed", std::move(cause)};
}

std::string Text(const Json& config, std::string_view name) {
  const std::string* text = config.FindString(name);
  return text == nullptr ? "" : *text;
}

// The value that a JSON pointer (RFC 6901) names; nullptr where there is none.
const Json* Pointed(const Json& document, std::string_view pointer) {
  const Json* at = &document;
  while (at != nullptr && !pointer.empty()) {
    pointer.remove_prefix(1);  // the slash
    std::string name(pointer.substr(0, pointer.find('/')));
    pointer.remove_prefix(name.size());
    for (const auto& [escape, character] : {std::pair("~1", "/"), std::pair("~0", "~")}) {
      for (size_t found = name.find(escape); found != name.npos;
           found = name.find(escape, found + 1)) {
        name.replace(found, 2, character);
      }
    }
    if (!at->is_array()) {
      at = at->Find(name);
      continue;
    }
    const bool is_index =
        !name.empty() && name.size() < 10 && name.find_first_not_of("0123456789") == name.npos;
    const size_t index = is_index ? std::stoul(name) : at->array().size();
    at = index < at->array().size() ? &at->array()[index] : nullptr;
  }
  return at;
}

Outcome<Json> ReadJson(std::string_view data, const std::string& pointer) {
  const absl::StatusOr<Json> document = Json::Parse(data);
  if (!document.ok()) return ReaderFailed("The data is not valid JSON.");
  if (!pointer.empty() && pointer[0] != '/') return ReaderFailed("ItemsPointer is not valid.");
  const Json* items = Pointed(*document, pointer);
  if (items != nullptr && items->is_array()) return *items;
  if (items == nullptr || !items->is_object()) {
    return ReaderFailed("Attempting to map over non-iterable node.");
  }
  Json::Array members;
  for (const auto& [name, value] : items->object()) {
    members.push_back(Json::Of({{"Key", name}, {"Value", value}}));
  }
  return Json(std::move(members));
}

Outcome<Json> ReadJsonLines(std::string_view data) {
  Json::Array items;
  while (!data.empty()) {
    const std::string_view line = data.substr(0, data.find('\n'));
    data.remove_prefix(std::min(data.size(), line.size() + 1));
    if (line.find_first_not_of(" \t\r") == line.npos) continue;
    absl::StatusOr<Json> item = Json::Parse(line);
    if (!item.ok()) return ReaderFailed("A line of the data is not valid JSON.");
    items.push_back(*std::move(item));
  }
  return Json(std::move(items));
}

char Delimiter(const std::string& name) {
  if (name == "PIPE") return '|';
  if (name == "SEMICOLON") return ';';
  if (name == "SPACE") return ' ';
  return name == "TAB" ? '\t' : ',';
}

using Row = std::vector<std::string>;

// RFC 4180: fields may stand in quotes, and hold delimiters and line breaks there.
std::vector<Row> Rows(std::string_view data, char delimiter) {
  std::vector<Row> rows;
  Row row;
  std::string field;
  bool quoted = false;
  const auto end_row = [&] {
    row.push_back(std::move(field));
    if (row.size() > 1 || !row[0].empty()) rows.push_back(std::move(row));
    row.clear();
    field.clear();
  };
  for (size_t i = 0; i < data.size(); ++i) {
    const char c = data[i];
    if (quoted && c == '"' && i + 1 < data.size() && data[i + 1] == '"') {
      field.push_back(data[++i]);
    } else if (c == '"') {
      quoted = !quoted;
    } else if (quoted || (c != delimiter && c != '\n' && c != '\r')) {
      field.push_back(c);
    } else if (c == delimiter) {
      row.push_back(std::move(field));
      field.clear();
    } else if (c == '\n') {
      end_row();
    }
  }
  end_row();
  return rows;
}

Outcome<Json> ReadCsv(std::string_view data, const Json& config) {
  std::vector<Row> rows = Rows(data, Delimiter(Text(config, "CSVDelimiter")));
  Row names;
  if (Text(config, "CSVHeaderLocation") == "GIVEN") {
    if (const Json* given = config.Find("CSVHeaders")) {
      for (const Json& name : given->array()) names.push_back(name.string());
    }
  } else if (!rows.empty()) {
    names = rows.front();
    rows.erase(rows.begin());
  }
  Json::Array items;
  for (const Row& row : rows) {
    Json::Object item;
    for (size_t i = 0; i < names.size(); ++i) item.Set(names[i], i < row.size() ? row[i] : "");
    items.push_back(Json(std::move(item)));
  }
  return Json(std::move(items));
}

// A limit of an ItemBatcher: a number from 1 on.
Outcome<int64_t> LimitOf(Evaluator& evaluator, const NumberField& field, const Json& input) {
  if (field.expression == nullptr) return std::numeric_limits<int64_t>::max();
  SEGUE_TRY(limit, IntegerOf(evaluator, field, input));
  if (limit > 0) return limit;
  return evaluator.Error("States.Runtime",
                         absl::StrCat(std::string(field.name), " must be greater than 0."));
}

}  // namespace

Outcome<Json> ReadItems(std::string_view data, const Json& config) {
  const std::string type = Text(config, "InputType");
  if (type == "JSONL") return ReadJsonLines(data);
  if (type == "CSV") return ReadCsv(data, config);
  if (type.empty() || type == "JSON") return ReadJson(data, Text(config, "ItemsPointer"));
  return ReaderFailed(Concat("Items of the type ", type, " are not supported."));
}

Outcome<Json> BatchItems(Evaluator& evaluator, const Json& input, const Json& items) {
  const auto& map = std::get<language::MapState>(evaluator.state().detail);
  const language::ItemBatcher& batcher = *map.item_batcher;
  SEGUE_TRY(items_max, LimitOf(evaluator, {batcher.items_max, "MaxItemsPerBatch"}, input));
  SEGUE_TRY(bytes_max,
            LimitOf(evaluator, {batcher.input_bytes_max, "MaxInputBytesPerBatch"}, input));
  Json empty(Json::Object{});
  if (batcher.batch_input != nullptr) {
    SEGUE_TRY(batch_input, evaluator.Evaluate(*batcher.batch_input, input));
    empty = empty.With("BatchInput", std::move(batch_input));
  }
  const auto bytes_empty =
      static_cast<int64_t>(empty.With("Items", Json(Json::Array())).Dump().size());
  Json::Array batches;
  Json::Array batch;
  int64_t bytes = bytes_empty;
  const auto close = [&] {
    batches.push_back(empty.With("Items", Json(std::exchange(batch, {}))));
    bytes = bytes_empty;
  };
  for (const Json& item : items.array()) {
    const auto more = static_cast<int64_t>(item.Dump().size()) + 1;
    const bool full = static_cast<int64_t>(batch.size()) >= items_max || bytes + more > bytes_max;
    if (full && !batch.empty()) close();
    batch.push_back(item);
    bytes += more;
  }
  if (!batch.empty()) close();
  return Json(std::move(batches));
}

}  // namespace segue::engine
