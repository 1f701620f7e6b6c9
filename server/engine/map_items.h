#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "server/base/json.h"
#include "server/base/outcome.h"

// What the ItemReader of a distributed Map makes of data (Developer Guide, "ItemReader"). Pure:
// where the data comes from is another's business.

namespace segue::engine {

// The items in `data`, the text that an ItemReader's Resource gave. `config`: the ReaderConfig
// (InputType JSON with ItemsPointer, JSONL or CSV; MaxItems is not looked at). An array, or an
// object whose members are the items. States.ItemReaderFailed where the data is not what the config
// says.
Outcome<Json> ReadItems(std::string_view data, const Json& config);

// A manifest names the files that the items are in, and `config` says how to read each of them.
struct Manifest {
  struct File {
    std::string bucket;  // empty: the manifest's own
    std::string key;
  };
  std::vector<File> files;
  Json config;
};

// Whether an ItemReader's object is a manifest (InputType MANIFEST, or a ManifestType).
bool IsManifest(const Json& config);

// Reads a manifest: S3 Inventory's, of CSV files, or with ManifestType ATHENA_DATA a list of URIs.
// Names and values of an inventory are as its files have them. States.ItemReaderFailed where it is
// not one, or of files in another format.
Outcome<Manifest> ReadManifest(std::string_view data, const Json& config);

}  // namespace segue::engine
