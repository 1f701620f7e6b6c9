#include "tests/simulation/items.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "tests/simulation/workflow_generator.h"

namespace segue::simulation {
namespace {

constexpr char kUris[] = "uris";
constexpr char kListing[] = "tiny";

std::string Lines(const Json::Array& items) {
  std::string text;
  for (const Json& item : items) absl::StrAppend(&text, item.Dump(), "\n");
  return text;
}

// RFC 4180, each field but the header in quotes.
std::string Table(const Json::Array& items, const std::string& header, char delimiter) {
  std::string text = header;
  for (const Json& item : items) {
    const std::string inner = absl::StrReplaceAll(item.Find("items")->Dump(), {{"\"", "\"\""}});
    absl::StrAppend(&text, item.Find("n")->Dump(), std::string(1, delimiter), "\"", inner, "\"\n");
  }
  return text;
}

std::string BodyOf(const std::string& form, const Json& items) {
  const Json::Array& all = items.array();
  if (form == "jsonl") return Lines(all);
  if (form == "csv") return Table(all, "n,items\r\n", ',');
  if (form == "rows") return Table(all, "", '|');
  if (form == "pointed") return Json::Of({{"here", Json::Of({{"items", items}})}}).Dump();
  return items.Dump();
}

// As a reader of a table finds them.
Json AsText(const Json& items) {
  Json::Array rows;
  for (const Json& item : items.array()) {
    rows.push_back(
        Json::Of({{"n", item.Find("n")->Dump()}, {"items", item.Find("items")->Dump()}}));
  }
  return rows;
}

void AddListing(const std::string& prefix, Random& random, ItemObjects& objects) {
  Json::Array listed;
  const uint64_t count = random.Below(4);
  for (uint64_t i = 0; i < count; ++i) {
    const std::string key = absl::StrCat(prefix, "/", i);
    const std::string body(random.Below(6), '.');
    listed.push_back(Json::Of({{"Etag", absl::StrCat("\"", body.size(), "\"")},
                               {"Key", key},
                               {"LastModified", 0},
                               {"Size", static_cast<int64_t>(body.size())},
                               {"StorageClass", "STANDARD"}}));
    objects.bodies[key] = body;
  }
  objects.items[prefix] = Json(std::move(listed));
}

// A list of files, which are of a form themselves.
void AddUris(const std::string& key, const std::string& bucket, Random& random,
             ItemObjects& objects) {
  std::string uris;
  Json::Array items;
  const uint64_t count = random.Below(3);
  for (uint64_t i = 0; i < count; ++i) {
    const std::string file = ObjectKey("jsonl", static_cast<int>(random.Below(kObjectsOfForm)));
    absl::StrAppend(&uris, "s3://", bucket, "/", file, "\n");
    const Json::Array& more = objects.items.at(file).array();
    items.insert(items.end(), more.begin(), more.end());
  }
  objects.bodies[key] = uris;
  objects.items[key] = Json(std::move(items));
}

}  // namespace

const std::vector<ItemForm>& ItemForms() {
  static const std::vector<ItemForm> forms{
      {.name = "json", .config = Json::Of({{"InputType", "JSON"}})},
      {.name = "pointed",
       .config = Json::Of({{"InputType", "JSON"}, {"ItemsPointer", "/here/items"}})},
      {.name = "jsonl", .config = Json::Of({{"InputType", "JSONL"}})},
      {.name = "csv",
       .config = Json::Of({{"InputType", "CSV"}, {"CSVHeaderLocation", "FIRST_ROW"}}),
       .item = ItemForm::Item::kText},
      {.name = "rows",
       .config = Json::Of({{"InputType", "CSV"},
                           {"CSVDelimiter", "PIPE"},
                           {"CSVHeaderLocation", "GIVEN"},
                           {"CSVHeaders", Json::List({"n", "items"})}}),
       .item = ItemForm::Item::kText},
      {.name = kUris,
       .config = Json::Of({{"InputType", "JSONL"}, {"ManifestType", "ATHENA_DATA"}})},
      {.name = kListing, .config = {}, .item = ItemForm::Item::kListed},
  };
  return forms;
}

std::string ObjectKey(const std::string& form, int number) {
  return absl::StrCat(form, "-", number);
}

ItemObjects DrawItemObjects(const std::string& bucket, Random& random) {
  ItemObjects objects;
  for (const ItemForm& form : ItemForms()) {
    for (int number = 0; number < kObjectsOfForm; ++number) {
      const std::string key = ObjectKey(form.name, number);
      if (form.name == kListing) {
        AddListing(key, random, objects);
      } else if (form.name == kUris) {
        AddUris(key, bucket, random, objects);
      } else {
        const Json items = *Json::Parse(RandomInput(random))->Find("items");
        objects.bodies[key] = BodyOf(form.name, items);
        objects.items[key] = form.item == ItemForm::Item::kText ? AsText(items) : items;
      }
    }
  }
  // One that cannot be read.
  const std::string broken = ObjectKey("json", kObjectsOfForm - 1);
  objects.bodies[broken] = "[{";
  objects.items.erase(broken);
  return objects;
}

}  // namespace segue::simulation
