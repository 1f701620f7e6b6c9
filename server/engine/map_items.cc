#include "server/engine/map_items.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
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
  return *items;
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

// A list that S3 Inventory has written: its manifest.json
// (https://docs.aws.amazon.com/AmazonS3/latest/userguide/storage-inventory-location.html).
Outcome<Manifest> ReadInventory(std::string_view data) {
  const absl::StatusOr<Json> document = Json::Parse(data);
  if (!document.ok()) return ReaderFailed("The manifest is not valid JSON.");
  const Json* files = document->Find("files");
  if (files == nullptr || !files->is_array()) return ReaderFailed("The manifest lists no files.");
  const std::string format = Text(*document, "fileFormat");
  if (format != "CSV") {
    return ReaderFailed(Concat("Inventories in the format ", format, " are not supported."));
  }
  Manifest manifest;
  constexpr std::string_view kArn = "arn:aws:s3:::";
  const std::string destination = Text(*document, "destinationBucket");
  const std::string bucket = destination.substr(destination.starts_with(kArn) ? kArn.size() : 0);
  for (const Json& file : files->array()) {
    manifest.files.push_back({.bucket = bucket, .key = Text(file, "key")});
  }
  Json::Array names;
  const std::string columns = Text(*document, "fileSchema");
  for (std::string_view schema = columns; !schema.empty();) {
    std::string_view name = schema.substr(0, schema.find(','));
    schema.remove_prefix(std::min(schema.size(), name.size() + 1));
    name.remove_prefix(std::min(name.size(), name.find_first_not_of(' ')));
    names.push_back(Json(std::string(name)));
  }
  manifest.config = Json::Of({{"InputType", "CSV"},
                              {"CSVHeaderLocation", "GIVEN"},
                              {"CSVHeaders", Json(std::move(names))}});
  return manifest;
}

// What Athena's UNLOAD leaves: the URI of a file a line.
Outcome<Manifest> ReadUriList(std::string_view data, const Json& config) {
  Manifest manifest;
  Json::Object per_file;
  for (const auto& [name, value] : config.object()) {
    if (name != "ManifestType") per_file.Set(name, value);
  }
  manifest.config = Json(std::move(per_file));
  constexpr std::string_view kScheme = "s3://";
  for (const Row& row : Rows(data, ',')) {
    std::string_view uri = row[0];
    if (!uri.starts_with(kScheme)) {
      return ReaderFailed(Concat("The manifest names a file that is no s3:// URI: ", uri));
    }
    uri.remove_prefix(kScheme.size());
    const size_t slash = std::min(uri.find('/'), uri.size());
    manifest.files.push_back({.bucket = std::string(uri.substr(0, slash)),
                              .key = std::string(uri.substr(std::min(slash + 1, uri.size())))});
  }
  return manifest;
}

}  // namespace

Outcome<Json> ReadItems(std::string_view data, const Json& config) {
  const std::string type = Text(config, "InputType");
  if (type == "JSONL") return ReadJsonLines(data);
  if (type == "CSV") return ReadCsv(data, config);
  if (type.empty() || type == "JSON") return ReadJson(data, Text(config, "ItemsPointer"));
  return ReaderFailed(Concat("Items of the type ", type, " cannot be read by this server."));
}

bool IsManifest(const Json& config) {
  return Text(config, "InputType") == "MANIFEST" || config.Find("ManifestType") != nullptr;
}

Outcome<Manifest> ReadManifest(std::string_view data, const Json& config) {
  if (Text(config, "ManifestType") == "ATHENA_DATA") return ReadUriList(data, config);
  return ReadInventory(data);
}

}  // namespace segue::engine
