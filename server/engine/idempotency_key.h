#pragma once

#include <string>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "server/base/ids.h"
#include "server/engine/execution.h"

namespace segue::engine {

// The one key that all attempts of a task carry: execution/branch/state/visit (ARCHITECTURE.md,
// invariant 3).
inline std::string IdempotencyKey(const ExecutionId& execution, const Branch& branch,
                                  std::string_view state) {
  return absl::StrCat(execution.value(), "/", branch.id.value(), "/", std::string(state), "/",
                      branch.visit);
}

}  // namespace segue::engine
