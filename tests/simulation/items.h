#pragma once

#include <map>
#include <string>
#include <vector>

#include "server/base/json.h"
#include "server/base/random.h"

namespace segue::simulation {

// Buckets: one whose store does as it is told, for definitions whose outcome is predicted; and one
// for all others.
inline constexpr char kSteadyBucket[] = "steady";
inline constexpr char kShakyBucket[] = "shaky";

// A form in which an ItemReader finds its items.
struct ItemForm {
  std::string name;
  Json config;  // the ReaderConfig; null: the items are a listing of objects
  // What stands in an item for its "n" and "items": they themselves, their JSON as text, or the
  // size of an object.
  enum class Item { kPlain, kText, kListed } item = Item::kPlain;
};
const std::vector<ItemForm>& ItemForms();

// The objects of a form have numbers; `number` is one of kObjectsOfForm, or there is none.
inline constexpr int kObjectsOfForm = 3;
std::string ObjectKey(const std::string& form, int number);

struct ItemObjects {
  std::map<std::string, std::string> bodies;  // by key
  // What an ItemReader finds, by key, or by the prefix of a listing; of what can be read.
  std::map<std::string, Json> items;
};
// Objects of all forms, in this bucket.
ItemObjects DrawItemObjects(const std::string& bucket, Random& random);

}  // namespace segue::simulation
