#pragma once

#include <string_view>

#include "absl/status/statusor.h"
#include "server/language/workflow.h"

namespace segue::language {

// Reads the Resource of a Task (README.md, "Workflows"). InvalidArgument says
// what is wrong. A URI of any other form is Resource::Kind::kOther: the caller decides whether to
// take it.
absl::StatusOr<Resource> ParseResource(std::string_view text);

// As AWS words it, for a text that names nothing that can be called.
std::string UnknownResourceMessage(std::string_view text);

}  // namespace segue::language
