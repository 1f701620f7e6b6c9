#pragma once

#include <cstddef>
#include <set>

#include "server/base/json.h"

namespace segue::fuzz {

// What a value holds of memory, but for what its containers and texts take beside their elements:
// one that stands at several places counts once.
class HeldBytes {
 public:
  explicit HeldBytes(const Json& value) { Add(value); }
  size_t total() const { return total_; }

 private:
  void Add(const Json& value) {
    if (value.is_string()) {
      if (IsNew(&value.string())) total_ += value.string().size();
    } else if (value.is_array()) {
      if (!IsNew(&value.array())) return;
      total_ += value.array().size() * sizeof(Json);
      for (const Json& element : value.array()) Add(element);
    } else if (value.is_object()) {
      if (!IsNew(&value.object())) return;
      total_ += value.object().size() * sizeof(Json::Member);
      for (const auto& [name, member] : value.object()) Add(member);
    }
  }

  bool IsNew(const void* part) { return seen_.insert(part).second; }

  size_t total_ = 0;
  std::set<const void*> seen_;
};

}  // namespace segue::fuzz
