#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"

namespace segue::services {

// Hashes text of any kind alike. This Abseil's own string_view is not std::string_view, so that its
// maps do not find by the latter without.
struct TextHash {
  using is_transparent = void;
  size_t operator()(std::string_view text) const {
    return absl::Hash<absl::string_view>()(absl::string_view(text.data(), text.size()));
  }
};

template <typename T>
using StringMap = absl::flat_hash_map<std::string, T, TextHash, std::equal_to<>>;

}  // namespace segue::services
