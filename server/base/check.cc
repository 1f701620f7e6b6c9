#include "server/base/check.h"

#include <cstdio>
#include <cstdlib>

namespace segue::internal {

void CheckFailed(std::string_view condition, std::source_location where) {
  std::fprintf(stderr, "%s:%u: check failed in %s: %.*s\n", where.file_name(), where.line(),
               where.function_name(), static_cast<int>(condition.size()), condition.data());
  std::abort();
}

}  // namespace segue::internal
