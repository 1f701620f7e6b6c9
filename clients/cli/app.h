#pragma once

// The `segue` command without its process: what it prints and how it exits, given its arguments.

#include <string>
#include <vector>

#include "clients/cli/environment.h"
#include "clients/cli/exit_code.h"

namespace segue::cli {

// `arguments` without the program's name.
ExitCode Run(const std::vector<std::string>& arguments, Environment& environment);

}  // namespace segue::cli
