#pragma once

#include <string>
#include <variant>

#include "absl/status/statusor.h"
#include "segue/config/v1/config.pb.h"

namespace segue::process {

// What the command line of segued says.
struct Flags {
  std::string config_file;       // empty: none
  config::v1::Config overrides;  // what single flags set; wins over the file
  enum class Mode { kServe, kCheckStore, kAcceptLoss } mode = Mode::kServe;
};

// The flags; or the exit code where the command line was wrong, or only asked for help.
std::variant<Flags, int> ParseFlags(int argc, const char* const* argv);

// The file, where there is one, with the flags over it.
absl::StatusOr<config::v1::Config> LoadConfig(const Flags& flags);

}  // namespace segue::process
