#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "segue/config/v1/config.pb.h"

namespace segue::config {

// Looks up an environment variable; nothing where it is not set.
using Environment = std::function<std::optional<std::string>(const std::string&)>;

// Reads a configuration (segue.config.v1.Config written as YAML). Strict: InvalidArgument names the
// field, its line and what is wrong with it: a field that is not in the schema (with the one that
// was probably meant), a value of another type, a name that comes twice, ${NAME} without such a
// variable.
absl::StatusOr<v1::Config> ParseConfig(std::string_view yaml, const Environment& environment);

// The same from a file. NotFound where there is none.
absl::StatusOr<v1::Config> ReadConfig(const std::string& path, const Environment& environment);

}  // namespace segue::config
