#pragma once

#include <string_view>

namespace segue::api::states {

// The text of <service>.shapes of this folder (generate.py says how to read it); empty where there
// is none. `service` as a Resource names it: "dynamodb", "states".
std::string_view ShapesOf(std::string_view service);

}  // namespace segue::api::states
