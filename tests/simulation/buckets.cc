#include "tests/simulation/buckets.h"

#include "absl/strings/str_cat.h"

namespace segue::simulation {
namespace {

constexpr size_t kPageMax = 2;

}  // namespace

const std::string* Buckets::Find(const services::ObjectName& name) const {
  const auto found = objects_.find({name.bucket, name.key});
  return found == objects_.end() ? nullptr : &found->second;
}

services::ObjectPage Buckets::List(const services::ObjectStore::ListRequest& request) const {
  services::ObjectPage page;
  for (const auto& [name, body] : objects_) {
    const auto& [bucket, key] = name;
    if (bucket != request.bucket || !key.starts_with(request.prefix)) continue;
    if (key <= request.after) continue;
    if (page.objects.size() == kPageMax) {
      page.next = page.objects.back().key;
      return page;
    }
    page.objects.push_back({.key = key,
                            .etag = absl::StrCat("\"", body.size(), "\""),
                            .size = std::ssize(body),
                            .last_modified = absl::UnixEpoch()});
  }
  return page;
}

}  // namespace segue::simulation
