#pragma once

#include <map>
#include <string>
#include <utility>

#include "services/connector/object_store.h"

namespace segue::simulation {

// The objects of all buckets. They outlive every server.
class Buckets {
 public:
  using Objects = std::map<std::pair<std::string, std::string>, std::string>;  // by bucket and key

  void Write(const services::ObjectName& name, std::string body) {
    objects_[{name.bucket, name.key}] = std::move(body);
  }
  // Null where there is none.
  const std::string* Find(const services::ObjectName& name) const;
  // In short pages.
  services::ObjectPage List(const services::ObjectStore::ListRequest& request) const;
  const Objects& objects() const { return objects_; }

 private:
  Objects objects_;
};

}  // namespace segue::simulation
