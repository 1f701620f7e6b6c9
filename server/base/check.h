#pragma once

#include <source_location>
#include <string_view>

// SEGUE_CHECK(condition): a fact the program relies on. It stays on in release builds: a wrong
// orchestrator is worse than a dead one. Prints the place and aborts.
#define SEGUE_CHECK(condition) \
  ((condition) ? (void)0       \
               : ::segue::internal::CheckFailed(#condition, std::source_location::current()))

namespace segue::internal {

[[noreturn]] void CheckFailed(std::string_view condition, std::source_location where);

}  // namespace segue::internal
